#!/usr/bin/env bash
# Counts which lines of the library these execute together: the tests of memguard with lockdep and without it, the tests
# of the stress crate, the loom models, the deep schedules, and the fuzz targets on every checked-in input and on the
# corpora that fuzz/nightly.sh writes to fuzz/corpus.
#
#   fuzz/coverage.sh
#
# A file of memguard/src with less than 90 % needs a line in fuzz/coverage-exceptions with its percentage and the
# reason. The figures go to reports/records/fuzz.json and reports/fuzz.md. Pages with each line of the library go to
# target/fuzz/coverage/html. A run takes about a quarter of an hour on 2 cores. Exit codes: 0 enough lines of every
# file, 1 too few lines of a file or an exception that is not needed, 4 a tool is missing.
#
# Lines that only a child of a test executes before a signal kills it are not counted: the child cannot write its
# profile.
set -euo pipefail
. "$(dirname "$0")/common.sh"
missing() {
    echo "$1 not installed: $2" >&2
    exit 4
}
cargo llvm-cov --version >/dev/null 2>&1 || missing 'cargo-llvm-cov is' 'cargo install cargo-llvm-cov --locked'
[ -n "$(llvm_tools '')" ] || missing "LLVM's tools are" 'rustup component add llvm-tools'

begin_part coverage '' fuzz/coverage.sh
record=$measured/coverage
git ls-files 'memguard/src/*.rs' >"$record/files"
cp fuzz/coverage-exceptions "$record/exceptions"
if [ -d fuzz/corpus ]; then
    export MEMGUARD_CORPUS=$top/fuzz/corpus
else
    echo 'there is no fuzz/corpus: only the checked-in inputs are replayed (fuzz/nightly.sh makes one)'
fi

# Runs tests under a cfg ('' is none) and counts lines. Each cfg makes other programs. All are counted together. They
# are not optimised, because a function that is inlined into another crate would count as never called.
count() {
    local cfg=$1
    shift
    step "cargo test $*${cfg:+ (cfg $cfg)}"
    MEMGUARD_EXPECTS=$cfg RUSTFLAGS="${RUSTFLAGS:-}${cfg:+ --cfg $cfg}" cargo test "$@" 2>&1 |
        tee -a "$record/log" | grep --line-buffered -E '^(test result|test .* FAILED|error)'
}

export RUST_BACKTRACE=0 CARGO_TARGET_DIR=$builds/coverage
eval "$(cargo llvm-cov show-env --sh 2>/dev/null)"
cargo llvm-cov clean --workspace
count '' --tests -p memguard -p model-tests -p memguard-stress -p memguard-fuzz --features memguard/lockdep,memguard/sim
count '' --tests -p memguard
count shuttle -p model-tests -p memguard-stress -p memguard-fuzz \
    --test deep --test concurrent --test deadlock --test exact
count loom -p model-tests
cargo llvm-cov report --lcov --output-path "$record/lcov.info"
cargo llvm-cov report --html --output-dir "$record"
finish_part coverage
