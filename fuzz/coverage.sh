#!/usr/bin/env bash
# Which lines of the library the tests and the fuzz targets together execute: the tests of memguard, of the stress crate, and the
# replay of every checked-in input and of the corpora that fuzz/nightly.sh left in fuzz/corpus.
#
#   fuzz/coverage.sh
#
# A file of memguard/src with less than 90 % needs a line in fuzz/coverage-exceptions, which says how much less and why. The figures go to
# target/fuzz.json and from there to reports/fuzz.md. About ten minutes on 2 cores.
# Exit codes: 0 enough everywhere, 1 not, or an exception that is no longer needed, 4 a tool is missing.
#
# cargo-tarpaulin reads LLVM's raw profiles itself, so no component of the toolchain is needed; --follow-exec counts the children that
# tests start too. What a child does before a signal kills it is lost, and the leaves for loom and shuttle are not compiled.
set -euo pipefail
. "$(dirname "$0")/common.sh"
if ! cargo tarpaulin --version >/dev/null 2>&1; then
    echo 'cargo-tarpaulin is not installed: cargo install cargo-tarpaulin --locked' >&2
    exit 4
fi

begin_records coverage '' fuzz/coverage.sh
cp fuzz/coverage-exceptions "$records/coverage/exceptions"
if [ -d fuzz/corpus ]; then
    export MEMGUARD_CORPUS=$top/fuzz/corpus
else
    echo 'there is no fuzz/corpus: only the checked-in inputs are replayed (fuzz/nightly.sh makes one)'
fi
RUST_BACKTRACE=0 cargo tarpaulin --engine llvm --follow-exec --skip-clean --timeout 900 \
    -p memguard -p memguard-stress -p memguard-fuzz --features memguard/lockdep,memguard/sim \
    --include-files 'memguard/src/*' --out Lcov --output-dir "$records/coverage" --target-dir "$builds/coverage" \
    2>&1 | tee "$records/coverage/log" | grep --line-buffered -E '^(test result|test .* FAILED|error|warning: unused)| coverage, '
summarise coverage
