#!/usr/bin/env bash
# Runs every fuzz target for ten seconds, from the checked-in inputs. Without cargo-fuzz or a nightly toolchain it
# replays the same inputs on stable Rust.
#
#   fuzz/smoke.sh [SECONDS]
#
# Exit codes: 0 nothing found, 1 a crash, 2 wrong usage.
set -euo pipefail
. "$(dirname "$0")/common.sh"
seconds=${1:-10}
# For libFuzzer, 0 seconds are no limit.
if [ $# -gt 1 ] || [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo 'usage: fuzz/smoke.sh [SECONDS], with at least 1 second; fuzz/nightly.sh takes the names of targets' >&2
    exit 2
fi

missing=$(missing_tools)
if [ -n "$missing" ]; then
    echo "$missing"
    echo 'The fuzzer cannot run without these. Every checked-in input is replayed on stable Rust instead.'
    cargo test -p memguard-fuzz
    exit
fi

targets=$(all_targets)
for target in $targets; do
    step "$target: build"
    cargo_fuzz build "$target"
done
failed=()
for target in $targets; do
    step "$target: $seconds s"
    since=$(mktemp)
    if ! fuzz_for "$seconds" "$target" "$measured/smoke/$target.log"; then
        failed+=("$target")
        tail -n 30 "$measured/smoke/$target.log"
        keep_crashes "$target" "$since"
    fi
    rm -f "$since"
done
if [ "${#failed[@]}" -gt 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
