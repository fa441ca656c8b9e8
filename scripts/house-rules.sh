#!/usr/bin/env bash
# Rules of this repository that need no compiler. Prints one line per breach, exits 1 when there is one.
#
# Which project may know which (docs: architecture). A project may reference, and name in a using, only what stands in
# its row; every test project may know everything.
arrows='
Fovea.Kernels:
Fovea.OneDnn:
Fovea.Imaging:
Fovea.Formats:
Fovea.Engine: Kernels OneDnn Formats
Fovea.Models: Engine Kernels Formats
Fovea.Data: Kernels Imaging
Fovea.Training: Engine Models Data Kernels Imaging Formats
Fovea.Cli: Training Engine Models Data Kernels OneDnn Imaging Formats
'
# Projects that may work on memory without bounds, and the tests of those.
rooms='^(src/Fovea\.(Kernels|OneDnn|Imaging)/|tests/Fovea\.(Kernels|OneDnn|Imaging)\.Tests/)'

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
breaches=0

# Reads lines "file: what" and counts them as breaches of rule $1.
breach() {
    local line
    while IFS= read -r line; do
        printf '%s: %s\n' "$1" "$line"
        breaches=$((breaches + 1))
    done
}

# grep over the files whose names match $1 and do not match $2; the rest are grep's arguments.
look() {
    local in=$1 out=$2
    shift 2
    printf '%s\n' "${files[@]}" | grep -E "$in" | grep -vE "${out:-^$}" | tr '\n' '\0' | xargs -0 -r grep -HnE "$@" 2>/dev/null
}

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    mapfile -t files < <(git ls-files -co --exclude-standard | while IFS= read -r f; do [ -f "$f" ] && printf '%s\n' "$f"; done)
else
    mapfile -t files < <(find . \( -name bin -o -name obj -o -name .build -o -name .git -o -name runs \) -prune -o -type f -printf '%P\n')
fi

breach "over 500 lines" < <(printf '%s\n' "${files[@]}" | grep -E '\.(cs|sh|py)$|^(fovea|check)$' | tr '\n' '\0' |
    xargs -0 -r awk 'FNR == 501 { print FILENAME }')

breach "over 2 MiB" < <(printf '%s\0' "${files[@]}" | xargs -0 -r stat -c '%s %n' | awk '$1 > 2097152 { size = $1; $1 = ""; print substr($0, 2) " (" int(size / 1024) " KiB)" }')

breach "memory without bounds outside its rooms" < <(look '^(src|tests)/.*\.cs$' "$rooms" \
    -e '\bunsafe\b' -e '\bUnsafe\.' -e '\b(Collections|ImmutableCollections)?Marshal\.' -e '\b(NativeMemory|NativeLibrary|GCHandle|DllImport|LibraryImport)\b' \
    -e '\bMemoryMarshal\.([BD-Z]|C[^a]|As[^B])')
breach "memory without bounds outside its rooms" < <(look '\.csproj$' "$rooms" -e 'AllowUnsafeBlocks' -e '<UnsafeRoom>true')

breach "unfinished" < <(look '^(src|tests|bench)/.*\.cs$' '' -e '\b(TODO|FIXME|HACK|XXX)\b' -e '\bNotImplementedException\b' -e '\bSkip *= *"')

# Written so that these lines do not match themselves.
breach "path of one machine" < <(look '' '\.(png|jpe?g|webp|bmp|gz|npy|npz|safetensors|pth|onnx|bin)$' -I \
    -e '(^|[^[:alnum:]_./~-])/(w[o]rk|r[o]ot|h[o]me/[a-z]+|U[s]ers/[A-Za-z]+)/' -e '/t[m]p/wt')

arrow_breaches() {
    local project allowed file line target
    while IFS=: read -r project allowed; do
        [ -d "src/$project" ] || continue
        while IFS=: read -r file line target; do
            [[ " $allowed ${project#Fovea.} " == *" $target "* ]] || echo "$file:$line: $project may not know Fovea.$target"
        done < <(
            look "^src/$project/.*\.csproj$" '' -o 'ProjectReference Include="[^"]*' | sed -E 's|ProjectReference.*[/\\]Fovea\.([A-Za-z0-9]+)\.csproj|\1|'
            look "^src/$project/.*\.cs$" '' -o '^ *(global )?using (static )?([A-Za-z]+ = )?Fovea\.[A-Za-z0-9]+' | sed -E 's|^([^:]*:[0-9]+:).*Fovea\.|\1|'
        )
    done <<<"$arrows"
    for project in src/*/; do
        project=${project#src/}
        grep -q "^${project%/}:" <<<"$arrows" || echo "src/$project has no row in scripts/house-rules.sh"
    done
}
breach "forbidden arrow" < <(arrow_breaches)

[ "$breaches" = 0 ]
