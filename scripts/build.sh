# shellcheck shell=sh
# Publishes the command line into .build/; sourced by ./fovea, which sets root and build and has the functions
# fingerprint, is_current and is_set_up.
#
# .build/cli is a link to .build/builds/<hash of the sources>. A build appears by one rename of that link, so another
# start sees the old program or the new one and never half of one, and a training that runs keeps the files it was
# started from.

: "${root:?}" "${build:?}"

say() {
    printf 'fovea: %s\n' "$*" >&2
}

# Runs a command while no other start of this copy builds or installs. Children that outlive the build must not
# inherit the lock: dotnet and apt-get are called with descriptor 9 closed.
with_lock() {
    if ! mkdir -p "$build" 2>/dev/null || ! [ -w "$build" ]; then
        say "cannot write to $build, where the build goes. Make it writable, or clone into a folder of your own."
        return 1
    fi
    for made in "$build"/*; do
        if [ -e "$made" ] && ! [ -w "$made" ]; then
            say "cannot write to $made, which another user's start has made. Remove $build or give it to this user."
            return 1
        fi
    done
    if ! command -v flock >/dev/null 2>&1; then
        "$@"
        return
    fi
    exec 9>"$build/lock"
    flock -n 9 || {
        say "another start is building; waiting for it"
        flock 9
    }
    "$@"
    with_lock_status=$?
    exec 9>&-
    return $with_lock_status
}

set_up_and_build() {
    is_set_up || set_up
    is_current && return 0 # another start has built it meanwhile
    set_up
    publish
}

# dotnet, from the repository's root (whose global.json chooses the SDK).
run_dotnet() (
    cd "$root" || exit 1
    home_for_dotnet
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDTERMINALLOGGER=off
    exec dotnet "$@" </dev/null 9>&-
)

# Says which .NET SDK is wanted when there is none that global.json accepts.
have_sdk() {
    if ! command -v dotnet >/dev/null 2>&1; then
        say "there is no 'dotnet' on the PATH. Fovea is built when first used and needs the .NET 10 SDK."
    elif complaint=$(run_dotnet --version 2>&1); then
        return 0
    else
        found=$(run_dotnet --list-sdks 2>/dev/null | awk '{ printf "%s%s", separator, $1; separator = ", " }')
        say "needs the .NET 10 SDK; $(command -v dotnet) has ${found:-no SDK (a runtime alone does not build)}."
        case " $found" in
            *" 10."*) printf '%s\n' "$complaint" >&2 ;; # then the version is not the trouble
        esac
    fi
    say "get it from https://dotnet.microsoft.com/download, or from the distribution: sudo apt-get install dotnet-sdk-10.0"
    return 1
}

runtime_id() {
    case $(uname) in
        Darwin) os=osx ;;
        *) os=linux; for musl in /lib/ld-musl-*; do [ -e "$musl" ] && os=linux-musl; done ;;
    esac
    case $(uname -m) in
        aarch64 | arm64) echo "$os-arm64" ;;
        *) echo "$os-x64" ;;
    esac
}

content_hash() {
    sources -exec cksum {} + | LC_ALL=C sort | sha256sum | cut -c 1-16
}

# Publishes into $1 with the output in $2; further arguments are passed on. Analyzers and documentation are ./check's matter.
run_publish() {
    publish_to=$1 publish_log=$2
    shift 2
    run_dotnet publish src/Fovea.Cli/Fovea.Cli.csproj -c Release -r "$(runtime_id)" --self-contained false \
        --artifacts-path "$build/artifacts" -o "$publish_to" -nologo -nodeReuse:false -p:UseSharedCompilation=false \
        -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false "$@" >"$publish_log" 2>&1
}

# Prints what the compiler or NuGet said, each once, paths relative to the repository.
show_build_errors() {
    if grep -q ': error' "$1"; then
        grep ': error' "$1" | sed -e "s|$root/||g" -e 's|^ *||' -e 's| \[[^]]*\]$||' | awk '!seen[$0]++' | head -n 40 >&2
    else
        tail -n 40 "$1" >&2
    fi
    if grep -qE 'NU1301|NU1101|NU1102|NU1801' "$1"; then
        say "packages could not be fetched: the first build needs a connection to a NuGet feed (dotnet nuget list source)"
    fi
}

publish() {
    have_sdk || return 1
    before=$(fingerprint) # taken before compiling: an edit meanwhile makes the build stale
    hash=$(content_hash)
    target=$build/builds/$hash
    if [ ! -x "$target/fovea" ]; then
        started=$(date +%s)
        if [ -e "$build/cli" ]; then
            say "sources have changed; building"
        else
            say "building; the first time takes about a minute"
        fi
        rm -rf "$build"/new.*
        new=$build/new.$$ log=$build/build.log
        trap 'rm -rf "$new"; say "interrupted; nothing is kept of the unfinished build"; exit 130' INT TERM HUP
        if ! run_publish "$new" "$log" -p:PublishReadyToRun=true; then
            # Without the ahead-of-time compiler's package there still is a program, which starts more slowly.
            if grep -qi 'NU1[0-9]*.*crossgen' "$log" && rm -rf "$new" && run_publish "$new" "$log" -p:PublishReadyToRun=false; then
                say "the package of the ahead-of-time compiler could not be fetched: starts will take longer"
            else
                rm -rf "$new"
                show_build_errors "$log"
                say "the build failed; everything it said is in $log"
                trap - INT TERM HUP
                return 1
            fi
        fi
        run_dotnet --list-runtimes | sed -n 's|^Microsoft\.NETCore\.App 1[0-9].*\[\(.*\)/shared/Microsoft\.NETCore\.App\]$|\1|p' | tail -n 1 >"$new/dotnet-root"
        rm -rf "$target"
        mkdir -p "$build/builds" && mv "$new" "$target" || return 1
        trap - INT TERM HUP
        say "built in $(($(date +%s) - started)) s"
    fi
    switch_to "$hash" && printf '%s\n' "$before" >"$build/cli.stamp"
}

# Makes build $1 the one that starts, and removes builds that nobody runs. The one before stays: a start may be on its way to it.
switch_to() {
    previous=$(readlink "$build/cli" 2>/dev/null)
    rm -f "$build"/cli.link.*
    ln -s "builds/$1" "$build/cli.link.$$" || return 1
    if ! mv -T "$build/cli.link.$$" "$build/cli" 2>/dev/null; then # no -T outside GNU
        rm -rf "$build/cli" && mv "$build/cli.link.$$" "$build/cli" || return 1
    fi
    in_use=$(for exe in /proc/[0-9]*/exe; do readlink "$exe"; done 2>/dev/null)
    for old in "$build"/builds/*; do
        case "builds/${old##*/}" in
            "builds/$1" | "$previous") continue ;;
        esac
        case $in_use in
            *"$old/"*) continue ;;
        esac
        rm -rf "$old"
    done
    return 0
}
