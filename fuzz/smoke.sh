#!/usr/bin/env bash
# Every fuzz target for ten seconds, from the inputs that are checked in. Without cargo-fuzz or a nightly toolchain: the same
# inputs replayed on stable Rust.
#
#   fuzz/smoke.sh [SECONDS]
set -euo pipefail
. "$(dirname "$0")/common.sh"
seconds=${1:-10}

missing=$(missing_tools)
if [ -n "$missing" ]; then
    echo "$missing"
    echo 'Without these the fuzzer cannot run. Instead every checked-in input is replayed on stable Rust.'
    cargo test -p memguard-fuzz
    exit
fi

targets=$(cargo fuzz list)
for target in $targets; do
    step "$target: build"
    cargo_fuzz build "$target"
done
failed=()
for target in $targets; do
    step "$target: $seconds s"
    since=$(mktemp)
    if ! fuzz_for "$seconds" "$target" "$records/smoke/$target.log"; then
        failed+=("$target")
        tail -n 30 "$records/smoke/$target.log"
        keep_crashes "$target" "$since"
    fi
    rm -f "$since"
done
if [ "${#failed[@]}" -gt 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
