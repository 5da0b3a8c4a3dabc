# Selects planted bugs by name. Source this file, do not run it. fuzz/planted/run and model-tests/seeded-bugs/run do.

# Prints the patches of a folder whose names contain a NAME, or all of them without a NAME. Fails if a NAME is in none.
patches_named() {
    local folder=$1 name patch
    shift
    local patches=("$folder"/*.patch)
    for name in "$@"; do
        if ! printf '%s\n' "${patches[@]##*/}" | sed 's/\.patch$//' | grep -q -F -e "$name"; then
            echo "no bug has '$name' in its name, so nothing would run; the bugs are the patches in $folder" >&2
            return 2
        fi
    done
    for patch in "${patches[@]}"; do
        name=$(basename "$patch" .patch)
        if [ $# -eq 0 ] || printf '%s\n' "$@" | grep -q -F -f - <(echo "$name"); then echo "$patch"; fi
    done
}
