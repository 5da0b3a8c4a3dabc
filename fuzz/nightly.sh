#!/usr/bin/env bash
# Runs all fuzz targets for a given time, split evenly.
#
#   fuzz/nightly.sh [--total TIME] [TARGET …]
#
#     --total TIME   a number and s, m or h [default: 10m]. Builds, minimising and counting lines take more time
#     TARGET         only these targets [default: all that cargo-fuzz lists]
#
# The corpus is kept in fuzz/corpus and minimised after the run. A crash is minimised and kept in fuzz/artifacts, and
# the command that replays it is printed. If the toolchain has llvm-tools, the lines of the library that each corpus
# executes are counted. The figures go to reports/records/fuzz.json and reports/fuzz.md. Logs and pages with each line
# of the library are in target/fuzz/campaign. Exit codes: 0 nothing found, 1 a crash, 2 wrong usage, 4 a tool is
# missing.
set -euo pipefail
. "$(dirname "$0")/common.sh"
arguments=("$@")

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

total=10m
targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --total) total=${2:-} && shift ;;
        -*) usage ;;
        *) targets+=("$1") ;;
    esac
    shift
done
case $total in
    *[0-9]s) total_s=${total%s} ;;
    *[0-9]m) total_s=$((${total%m} * 60)) ;;
    *[0-9]h) total_s=$((${total%h} * 3600)) ;;
    *) usage ;;
esac
[ "$total_s" -gt 0 ] || usage
require_targets "${targets[@]}"
require_tools
if [ "${#targets[@]}" -eq 0 ]; then
    listed=$(all_targets)
    mapfile -t targets <<<"$listed"
fi
seconds=$((total_s / ${#targets[@]}))
[ "$seconds" -gt 0 ] || { echo "$total is not a second for each of ${#targets[@]} targets" >&2; exit 2; }

begin_part campaign "$toolchain" fuzz/nightly.sh "${arguments[@]}"
for target in "${targets[@]}"; do
    step "$target: build"
    cargo_fuzz build "$target"
done
for target in "${targets[@]}"; do
    step "$target: $seconds s"
    record=$measured/campaign/$target
    mkdir -p "$record"
    since=$(mktemp)
    fuzz_for "$seconds" "$target" "$record/run.log" || keep_crashes "$target" "$since" "$record/crashes"
    rm -f "$since"
    cargo_fuzz cmin "$target" "fuzz/corpus/$target" >"$record/cmin.log" 2>&1 ||
        echo "the corpus could not be minimised, see $record/cmin.log"
    find "fuzz/corpus/$target" -type f | wc -l >"$record/corpus"
done
llvm=$(llvm_tools "$toolchain")
for target in "${targets[@]}"; do
    [ -n "$llvm" ] || break
    step "$target: lines of the library that its corpus executes"
    record=$measured/campaign/$target
    lines_executed "$target" "$record" "$llvm" && echo "line by line: ${record#"$top/"}/html/index.html" ||
        { tail -n 20 "$record/coverage.log" >&2; : >"$record/lcov.info"; } # empty: a shortfall
done
[ -n "$llvm" ] || echo "lines are not counted: rustup component add llvm-tools --toolchain $toolchain"
finish_part campaign
