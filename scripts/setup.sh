# shellcheck shell=sh
# Installs what Fovea uses beside .NET, where that can be done without asking; says what is missing and what happens
# instead where it cannot. Sourced by ./fovea and ./check, which set build (the folder for stamps and logs).
#
# .build/setup.stamp names the packages that were tried in vain: they are not tried again on every start.
# FOVEA_SETUP_ROOT looks for libraries and data sets below another root folder (for tests of this file).

: "${build:?}"

setup_packages='libdnnl2 libturbojpeg0 libpng16-16 libwebp7 dataset-fashion-mnist'

setup_say() {
    printf 'set-up: %s\n' "$*" >&2
}

# True when the loader would find library $1: the usual folders first, the loader's own cache last.
have_library() {
    for dir in /usr/lib/*-linux-gnu /lib/*-linux-gnu /usr/lib64 /usr/lib /lib64 /lib /usr/local/lib; do
        [ -e "${FOVEA_SETUP_ROOT:-}$dir/$1" ] && return 0
    done
    [ -n "${FOVEA_SETUP_ROOT:-}" ] && return 1
    case ":${LD_LIBRARY_PATH:-}:" in
        ::) ;;
        *)
            old_ifs=$IFS
            IFS=:
            for dir in $LD_LIBRARY_PATH; do
                if [ -e "$dir/$1" ]; then
                    IFS=$old_ifs
                    return 0
                fi
            done
            IFS=$old_ifs
            ;;
    esac
    { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -qF "$1 "
}

# True when what package $1 would bring is there, from whichever source.
have_package() {
    case $1 in
        libdnnl2) have_library libdnnl.so.2 ;;
        libturbojpeg0) have_library libturbojpeg.so.0 ;;
        libpng16-16) have_library libpng16.so.16 ;;
        libwebp7) have_library libwebp.so.7 ;;
        dataset-fashion-mnist)
            for part in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
                [ -e "${FOVEA_SETUP_ROOT:-}/usr/share/datasets/fashion-mnist/$part-ubyte.gz" ] || return 1
            done
            ;;
    esac
}

what_happens_without() {
    case $1 in
        libdnnl2) echo "oneDNN, the fast backend: the managed backend is used instead, which is slower." ;;
        libturbojpeg0) echo "reads JPEG: JPEG files cannot be read until it is there." ;;
        libpng16-16) echo "reads PNG: PNG files cannot be read until it is there." ;;
        libwebp7) echo "reads WebP: WebP files cannot be read until it is there." ;;
        dataset-fashion-mnist) echo "the data of the demo: it is fetched from its published address when first used, and its checksum verified." ;;
    esac
}

missing_packages() {
    for package in $setup_packages; do
        have_package "$package" || printf '%s ' "$package"
    done
}

# apt-get with the right to install; never asks anything, not even for a password. Acquire's limits bound a dead network.
as_root_apt_get() {
    set -- env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::http::Timeout=20 -o Acquire::Retries=1 "$@"
    [ "$(id -u)" = 0 ] || set -- sudo -n "$@"
    "$@" </dev/null >>"$build/setup.log" 2>&1 9>&-
}

can_install() {
    if ! command -v apt-get >/dev/null 2>&1; then
        why_not="this system has no apt-get"
    elif [ "$(id -u)" != 0 ] && ! sudo -n true >/dev/null 2>&1 </dev/null; then
        why_not="this user may not install packages (no root, no sudo without a password)"
    else
        return 0
    fi
    return 1
}

# Installs the packages named; package lists are fetched only when they do not know one of them, or when installing fails.
install_packages() {
    updated=no
    for package in "$@"; do
        if ! apt-cache show "$package" >/dev/null 2>&1; then
            as_root_apt_get update
            updated=yes
            break
        fi
    done
    as_root_apt_get install --no-install-recommends "$@" && return 0
    if [ $updated = no ]; then
        as_root_apt_get update
        as_root_apt_get install --no-install-recommends "$@" && return 0
    fi
    # One that this distribution does not have must not keep the others out.
    for package in "$@"; do
        as_root_apt_get install --no-install-recommends "$package"
    done
    return 0
}

# A user without a home that can be written to (a service, a container) still needs somewhere for NuGet's packages.
home_for_dotnet() {
    if [ -z "${HOME:-}" ] || ! [ -w "$HOME" ]; then
        HOME=$build/home
        mkdir -p "$HOME"
        export HOME DOTNET_CLI_HOME="$HOME"
    fi
}

# Looks, installs, looks again. Never fails: whatever is missing has a substitute or an error message of its own later.
set_up() {
    [ "${FOVEA_SETUP:-}" = off ] && return 0
    tried=
    if [ "${FOVEA_SETUP:-}" != again ] && [ -r "$build/setup.stamp" ]; then
        tried=" $(cat "$build/setup.stamp") "
    fi
    missing=
    for package in $(missing_packages); do
        case $tried in
            *" $package "*) ;;
            *) missing="$missing $package" ;;
        esac
    done
    FOVEA_SETUP= # "again" has been answered
    if [ -n "$missing" ]; then
        why_not=
        if can_install; then
            setup_say "installing$missing"
            : >"$build/setup.log"
            # shellcheck disable=SC2086 # a list of words
            install_packages $missing
            why_not="apt-get could not install it, see $build/setup.log"
        fi
        report_missing "$missing"
    fi
    missing_packages >"$build/setup.stamp"
}

report_missing() {
    still=
    for package in $1; do
        have_package "$package" && continue
        still="$still $package"
        setup_say "missing: $package, $(what_happens_without "$package")"
    done
    [ -z "$still" ] && return 0
    setup_say "reason: $why_not"
    setup_say "by hand: sudo apt-get install$still"
}
