#!/usr/bin/env bash
# Tests ./fovea and its set-up in a scratch copy with a 'dotnet', an 'apt-get' and a 'sudo' that only take notes.
# Prints "ok NAME" or "FAILED NAME" per case; exits 1 when one failed. Takes a few seconds, installs nothing.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
repo="$scratch/a copy" tools=$scratch/tools notes=$scratch/notes failures=0

# Nothing but these can be reached, so what is installed on this machine changes no result.
mkdir -p "$tools" "$repo/src/Fovea.Cli/obj" "$repo/scripts" "$scratch/dotnet/shared" "$scratch/bare"
for tool in sh bash find cksum uname readlink mkdir rm mv ln cat cut sort sha256sum flock date awk sed grep head tail sleep env touch chmod true; do
    ln -s "$(type -P $tool)" "$tools/$tool"
done
cp "$root/fovea" "$repo/" && cp "$root"/scripts/*.sh "$repo/scripts/"
echo '{}' >"$repo/global.json"
echo '<Project/>' >"$repo/Directory.Build.props"
echo one >"$repo/src/Fovea.Cli/Program.cs"

fake() { # name: the script comes on standard input
    { echo '#!/bin/sh'; cat; } >"$tools/$1"
    chmod +x "$tools/$1"
}
fake dotnet <<END
echo "dotnet \$*" >>"$notes"
case \$1 in
    --version) [ -e "$scratch/old" ] && exit 1; echo 10.0.100 ;;
    --list-sdks) echo "8.0.400 [/somewhere/sdk]" ;;
    --list-runtimes) echo "Microsoft.NETCore.App 10.0.0 [$scratch/dotnet/shared/Microsoft.NETCore.App]" ;;
    publish)
        while [ "\$1" != -o ]; do shift; done
        mkdir -p "\$2" && echo half >"\$2/half.dll"
        [ -e "$scratch/slow" ] && sleep 1
        if [ -e "$scratch/broken" ]; then
            echo "Program.cs(1,1): error CS1002: ; expected [x.csproj]"
            exit 1
        fi
        printf '#!/bin/sh\necho "program \$\$ \$DOTNET_ROOT \$*"\nexit 7\n' >"\$2/fovea"
        chmod +x "\$2/fovea"
        ;;
esac
END
fake id <<<"cat '$scratch/uid'"
fake apt-cache <<<'exit 0'
fake apt-get <<END
echo "apt-get \$*" >>"$notes"
[ -e "$scratch/no-packages" ] && exit 100
mkdir -p "$scratch/bare/usr/lib" "$scratch/bare/usr/share/datasets/fashion-mnist"
cd "$scratch/bare/usr/lib" && touch libdnnl.so.2 libturbojpeg.so.0 libpng16.so.16 libwebp.so.7
cd ../share/datasets/fashion-mnist && touch train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz
END
fake sudo <<END
echo "sudo \$*" >>"$notes"
[ "\$1" = -n ] && [ -e "$scratch/sudo-allowed" ] || exit 1
shift
exec "\$@"
END
echo 0 >"$scratch/uid"

start() { # arguments for the program; fills out, err, code
    : >"$notes"
    out=$(env -i HOME="$scratch" PATH="$tools" FOVEA_SETUP="${setup-off}" FOVEA_SETUP_ROOT="$scratch/bare" "${launcher:-$repo/fovea}" "$@" 2>"$scratch/err")
    code=$?
    err=$(<"$scratch/err")
}

result() { # name, status of the condition before
    if [ "$2" = 0 ]; then
        echo "ok $1"
    else
        failures=$((failures + 1))
        printf 'FAILED %s\n  exit %s\n  out: %s\n  err: %s\n  notes: %s\n' "$1" "$code" "$out" "$err" "$(<"$notes")"
    fi
}
published() { grep -c '^dotnet publish' "$notes"; }
nothing_half() { [ -z "$(find "$repo/.build" -name 'new.*' -o -name 'cli.link.*')" ]; }

start train --lr '0.1 x'
[[ $code = 7 && $out = "program "*" $scratch/dotnet train --lr 0.1 x" && $(published) = 1 ]] && nothing_half
result "the first start builds, passes arguments on and returns the program's exit code" $?

start --help
[[ $code = 7 && ! -s $notes && -z $err ]]
result "a warm start calls neither dotnet nor apt-get and says nothing" $?

touch -d '1 hour' "$repo/src/Fovea.Cli/Program.cs"
start
[[ $code = 7 && $(published) = 0 ]]
result "a source that was touched but not changed does not build again" $?

echo two >"$repo/src/Fovea.Cli/Program.cs"; start
[[ $code = 7 && $(published) = 1 ]]; result "an edited source builds again" $?
echo new >"$repo/src/Fovea.Cli/Verb.cs"; start
[[ $code = 7 && $(published) = 1 ]]; result "an added source builds again" $?
echo three >"$repo/src/Fovea.Cli/Program.cs"; rm "$repo/src/Fovea.Cli/Verb.cs"; start
[[ $code = 7 && $(published) = 1 ]]; result "a removed source builds again" $?
echo x >"$repo/src/Fovea.Cli/obj/made.cs"; start
[[ $code = 7 && ! -s $notes ]]; result "what a build leaves in obj does not build again" $?

echo bad >"$repo/src/Fovea.Cli/Program.cs"; touch "$scratch/broken"; start
[[ $code = 1 && -z $out && $err = *"error CS1002"* ]] && nothing_half
result "a failed build prints the error, starts nothing, exits 1 and keeps nothing half" $?
rm "$scratch/broken"; start
[[ $code = 7 && $(published) = 1 ]]; result "the start after a failed build builds" $?

echo four >"$repo/src/Fovea.Cli/Program.cs"; touch "$scratch/slow"; : >"$notes"
pids=()
for i in 1 2 3; do
    env -i HOME="$scratch" PATH="$tools" FOVEA_SETUP=off "$repo/fovea" >"$scratch/out.$i" 2>>"$scratch/err" &
    pids+=($!)
done
all=yes
for i in 1 2 3; do
    wait "${pids[i - 1]}"
    [[ $? = 7 && $(<"$scratch/out.$i") = "program ${pids[i - 1]} "* ]] || all=no
done
[[ $all = yes && $(published) = 1 ]]
result "three starts at once build once, and each becomes the program itself" $?
rm "$scratch/slow"

ln -s "a copy/fovea" "$scratch/one"; ln -s "$scratch/one" "$scratch/two"
pushd "$scratch" >/dev/null || exit 1
launcher=./two start here; [[ $code = 7 && ! -s $notes && $out = *" here" ]]; result "starts through links, from another folder" $?
popd >/dev/null || exit 1

echo five >"$repo/src/Fovea.Cli/Program.cs"; touch "$scratch/old"; start
[[ $code = 1 && $err = *".NET 10 SDK"*"8.0.400"* ]]; result "an SDK that is too old is named, with what is needed" $?
mv "$tools/dotnet" "$scratch/away"; start
[[ $code = 1 && $err = *"no 'dotnet' on the PATH"* ]]; result "a missing dotnet is said, with where to get it" $?
mv "$scratch/away" "$tools/dotnet"; rm "$scratch/old"; start

echo 1000 >"$scratch/uid"; setup='' start
[[ $code = 7 && $(grep -c 'missing:' <<<"$err") = 5 && $err = *"managed backend"* && $err = *"sudo apt-get install libdnnl2"* ]] && ! grep -q '^apt-get' "$notes"
result "without the right to install: says what is missing and what happens instead, and goes on" $?
setup='' start
[[ $code = 7 && ! -s $notes && -z $err ]]; result "what could not be installed is not tried again" $?
touch "$scratch/sudo-allowed" "$scratch/no-packages"; setup=again start
[[ $code = 7 && $err = *"could not install"* ]] && grep -q '^apt-get .*update' "$notes" && [[ $(grep -c '^apt-get .*install.* libwebp7$' "$notes") = 1 ]]
result "packages that the lists do not have: lists fetched anew, each tried alone, then goes on" $?
rm "$scratch/no-packages"; setup=again start
[[ $code = 7 && $err = *installing* && $err != *missing* && $(grep -c '^apt-get .*--no-install-recommends libdnnl2 ' "$notes") = 1 ]] && ! grep -v '^sudo -n\|^apt-get' "$notes"
result "with sudo that asks for nothing: installs in one go" $?
setup=again start
[[ $code = 7 && ! -s $notes && -z $err ]]; result "with everything there, set-up does nothing" $?
rm -rf "$scratch/bare/usr" "$repo/.build/setup.stamp" "$scratch/sudo-allowed"; echo 0 >"$scratch/uid"; setup='' start
[[ $code = 7 && $err = *installing* && $err != *missing* ]] && ! grep -q '^sudo' "$notes"
result "as root: installs without sudo" $?
rm -rf "$scratch/bare/usr" "$repo/.build/setup.stamp" "$tools/apt-get"; setup='' start
[[ $code = 7 && $err = *"no apt-get"* ]]; result "without apt: says so and goes on" $?

[ $failures = 0 ]
