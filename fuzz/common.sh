# Functions that the scripts of this folder share. Source this file, do not run it.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
toolchain=${MEMGUARD_FUZZ_TOOLCHAIN:-nightly}
target_dir=$(realpath -m "${CARGO_TARGET_DIR:-$top/target}")
builds=$target_dir/fuzz-builds
# Logs and figures of each script. `memguard-reports fuzz` turns them into reports/records/fuzz.json and
# reports/fuzz.md.
measured=$top/target/fuzz
cd "$top"

step() { printf '\n== %s\n' "$1"; }

# cargo prefers this variable to RUSTFLAGS, in which the scripts pass a target's cfg and cargo-fuzz the fuzzer.
if [ -n "${CARGO_ENCODED_RUSTFLAGS+set}" ]; then
    echo 'CARGO_ENCODED_RUSTFLAGS hides the flags that fuzz targets need: unset it, or use RUSTFLAGS' >&2
    exit 4
fi

# Prints what the fuzzer needs and this machine lacks.
missing_tools() {
    if ! cargo fuzz --version >/dev/null 2>&1; then
        echo 'cargo-fuzz is not installed: cargo install cargo-fuzz --locked'
    fi
    # Without this, rustup would install the toolchain unasked.
    if ! RUSTUP_AUTO_INSTALL=0 cargo "+$toolchain" --version >/dev/null 2>&1; then
        echo "the toolchain '$toolchain' is not installed: rustup toolchain install $toolchain --component llvm-tools"
    fi
}

require_tools() {
    local missing
    missing=$(missing_tools)
    [ -z "$missing" ] || { echo "$missing" >&2; exit 4; }
}

# Prints all targets, one a line. Fails if there are none.
all_targets() {
    cargo fuzz list | grep . || { echo 'cargo fuzz list names no target, so nothing would run' >&2; return 1; }
}

# Ends the script unless each of these is a target.
require_targets() {
    local target
    for target in "$@"; do
        if [ ! -f "fuzz/fuzz_targets/$target.rs" ]; then
            echo "there is no fuzz target '$target'; fuzz/README.md lists them" >&2
            exit 2
        fi
    done
}

# The build settings of a target. Only this function knows the targets that need special ones.
build_settings() {
    rustflags='' expects='' sanitizer=address sources=memguard/src
    case $1 in
        # Judges the lock checker, which is a library of its own.
        lock_program) sources=memguard/lockdep/src ;;
        # Runs on shuttle's scheduler, which switches stacks. AddressSanitizer cannot follow that.
        concurrent_program) rustflags='--cfg shuttle' expects=shuttle sanitizer=none ;;
    esac
}

# `cargo fuzz COMMAND TARGET …` with the target's build settings. Each kind of build has a folder of its own.
cargo_fuzz() {
    local command=$1 target=$2 rustflags expects sanitizer sources
    shift 2
    build_settings "$target"
    MEMGUARD_EXPECTS=$expects RUSTFLAGS="${RUSTFLAGS:-} $rustflags" cargo "+$toolchain" fuzz "$command" \
        --sanitizer "$sanitizer" --target-dir "$(build_folder "$target" "$command")" "$target" "$@"
}

build_folder() {
    local target=$1 command=${2:-run} rustflags expects sanitizer sources
    build_settings "$target"
    # `cargo fuzz coverage` instruments the program in another way and gives it the same name.
    [ "$command" != coverage ] || sanitizer+=-lines
    echo "$builds/$sanitizer${rustflags//[!a-z]/-}"
}

# Prints the path of the program that `cargo fuzz COMMAND` built for a target.
program_of() {
    echo "$(build_folder "$@")/$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')/release/$1"
}

# Prints the folder of a toolchain's LLVM tools, or nothing if they are not installed. '' is the default toolchain.
llvm_tools() {
    local folder
    folder=$(rustc ${1:+"+$1"} --print target-libdir)/../bin
    if [ -x "$folder/llvm-cov" ]; then echo "$folder"; fi
}

# Counts the lines of the library that a target's corpus executes. Writes a tracefile and HTML pages.
lines_executed() {
    local target=$1 record=$2 llvm=$3 program rustflags expects sanitizer sources
    build_settings "$target"
    program=$(program_of "$target" coverage)
    set -- "$program" "-instr-profile=fuzz/coverage/$target/coverage.profdata" --sources "$sources"
    cargo_fuzz coverage "$target" "fuzz/corpus/$target" >"$record/coverage.log" 2>&1 &&
        "$llvm/llvm-cov" export -format=lcov "$@" >"$record/lcov.info" &&
        "$llvm/llvm-cov" show -format=html "-output-dir=$record/html" "$@"
}

# Prints the target's options for libFuzzer, one a line: the common ones and those of its file in options/.
fuzzer_flags() {
    # A hang counts as a finding after seconds. libFuzzer's default is 20 minutes.
    printf '%s\n' -timeout=25 -rss_limit_mb=2560 -print_final_stats=1
    if [ -f "fuzz/options/$1.options" ]; then
        sed -n 's/^\([a-z_]*\) *= *\(.*\)$/-\1=\2/p' "fuzz/options/$1.options"
    fi
}

# Prints the folders with a target's checked-in inputs.
checked_in() {
    local folder
    for folder in "fuzz/seeds/$1" "fuzz/regressions/$1"; do
        if [ -d "$folder" ]; then echo "$folder"; fi
    done
}

# Fuzzes for some seconds. The log goes to a file and its progress lines to the terminal. New inputs go to the corpus,
# crashes to fuzz/artifacts/TARGET.
fuzz_for() {
    local seconds=$1 target=$2 log=$3
    shift 3
    local flags folders
    mapfile -t flags < <(fuzzer_flags "$target")
    mapfile -t folders < <(checked_in "$target")
    mkdir -p "fuzz/corpus/$target" "$(dirname "$log")"
    cargo_fuzz run "$target" "fuzz/corpus/$target" "${folders[@]}" -- \
        "${flags[@]}" "-max_total_time=$seconds" "$@" 2>&1 | tee "$log" |
        grep --line-buffered -E '(pulse|DONE|INITED) +cov:|^SUMMARY|panicked'
    return "${PIPESTATUS[0]}"
}

# Minimises each crash of a target that is newer than a file, and prints the command that replays it. The commands also
# go to a third file, one a line.
keep_crashes() {
    local target=$1 since=$2 list=${3:-/dev/null} crash small flags command
    mapfile -t flags < <(fuzzer_flags "$target" | grep -v -e '^-print' -e '^-dict')
    while read -r crash; do
        small=${crash%/*}/minimized-from-${crash##*/}
        echo "$crash: minimising"
        cargo_fuzz tmin "$target" "$crash" -- "${flags[@]}" -max_total_time=60 "-exact_artifact_path=$top/$small" \
            >"$crash.log" 2>&1 || true
        [ -s "$small" ] || cp "$crash" "$small"
        command="$(replay_command "$target") $small"
        # A bug that only AddressSanitizer sees needs AddressSanitizer for the replay.
        if grep -q '^SUMMARY: AddressSanitizer' "$crash.log"; then
            command="cargo +$toolchain fuzz run $target $small"
        fi
        echo "$command" >>"$list"
        printf '%s failed. It is replayed by\n    %s\n' "$target" "$command"
    done < <(find "fuzz/artifacts/$target" -type f -newer "$since" \
        ! -name 'minimized-*' ! -name 'slow-unit-*' ! -name '*.log')
}

replay_command() {
    local rustflags expects sanitizer sources
    build_settings "$1"
    if [ -z "$rustflags" ]; then
        echo "cargo run -p memguard-fuzz --bin $1 --"
    else
        # A cfg reaches every dependency, so it has a target folder of its own.
        echo "MEMGUARD_EXPECTS=$expects RUSTFLAGS='$rustflags'" \
            "cargo run --target-dir target/$expects -p memguard-fuzz --bin $1 --"
    fi
}

reports=$target_dir/debug/memguard-reports

# Begins a part of the fuzzing record. The toolchain builds its programs ('' is the default one). Call this before
# anything is written, because a file in the tree makes the commit dirty.
begin_part() {
    local part=$1 compiler=$2
    shift 2
    cargo build -q -p memguard-reports
    rm -rf "${measured:?}/$part"
    mkdir -p "$measured/$part"
    printf '%s\n' "$@" >"$measured/$part/command"
    env ${compiler:+"RUSTUP_TOOLCHAIN=$compiler"} "$reports" provenance >"$measured/$part/provenance.json"
}

# Puts the part into the record, writes the page and ends the script. The exit code is 1 if the figures are bad.
finish_part() {
    local status=0
    echo "$SECONDS" >"$measured/$1/duration_s"
    "$reports" fuzz "$1" "$measured/$1" || status=$?
    exit "$status"
}
