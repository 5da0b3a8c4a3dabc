#!/usr/bin/env bash
# Which lines of the library the tests and the fuzz targets together execute: the tests of memguard, with lockdep and without it, and of
# the stress crate, the loom models, the deep schedules, and the replay of every checked-in input and of the corpora that
# fuzz/nightly.sh left in fuzz/corpus.
#
#   fuzz/coverage.sh
#
# A file of memguard/src with less than 90 % needs a line in fuzz/coverage-exceptions, which says how much less and why. The figures go to
# target/fuzz.json and from there to reports/fuzz.md, and the library, line by line, to target/fuzz/coverage/html. About a quarter of an
# hour on 2 cores.
# Exit codes: 0 enough everywhere, 1 not, or an exception that is no longer needed, 4 a tool is missing.
#
# What a child of a test does before a signal kills it is lost: it has no time to write its profile.
set -euo pipefail
. "$(dirname "$0")/common.sh"
missing() {
    echo "$1 not installed: $2" >&2
    exit 4
}
cargo llvm-cov --version >/dev/null 2>&1 || missing 'cargo-llvm-cov is' 'cargo install cargo-llvm-cov --locked'
[ -n "$(llvm_tools '')" ] || missing "LLVM's tools are" 'rustup component add llvm-tools'

begin_records coverage '' fuzz/coverage.sh
record=$records/coverage
git ls-files 'memguard/src/*.rs' >"$record/files"
cp fuzz/coverage-exceptions "$record/exceptions"
if [ -d fuzz/corpus ]; then
    export MEMGUARD_CORPUS=$top/fuzz/corpus
else
    echo 'there is no fuzz/corpus: only the checked-in inputs are replayed (fuzz/nightly.sh makes one)'
fi

# Runs tests that count, under a cfg (or none: ''). Each cfg makes other programs; all of them are counted together. What is counted
# is not optimised, for a function that is inlined into another crate counts as one that is not called.
count() {
    local cfg=$1
    shift
    step "cargo test $*${cfg:+ (cfg $cfg)}"
    RUSTFLAGS="${RUSTFLAGS:-}${cfg:+ --cfg $cfg}" cargo test "$@" 2>&1 |
        tee -a "$record/log" | grep --line-buffered -E '^(test result|test .* FAILED|error)'
}

export RUST_BACKTRACE=0 CARGO_TARGET_DIR=$builds/coverage
eval "$(cargo llvm-cov show-env --sh 2>/dev/null)"
cargo llvm-cov clean --workspace
count '' --tests -p memguard -p model-tests -p memguard-stress -p memguard-fuzz --features memguard/lockdep,memguard/sim
count '' --tests -p memguard
count shuttle -p model-tests -p memguard-stress -p memguard-fuzz --test deep --test concurrent --test deadlock --test exact
count loom -p model-tests
cargo llvm-cov report --lcov --output-path "$record/lcov.info"
cargo llvm-cov report --html --output-dir "$record"
summarise coverage
