//! Logs as the detectors print them: what failed first, who noticed it, and whether anything ran.

use memguard_kill_matrix::log::{Failure, Log};
use memguard_reports::kill_matrix::Judge;

fn failure(by: impl Into<Option<&'static str>>, said: &str, judge: Judge) -> Option<Failure> {
    Some(Failure { by: by.into().map(str::to_owned), said: said.to_owned(), judge })
}

/// Tests of one process print between each other. A panic belongs to the thread that has the test's name.
#[test]
fn libtest() {
    let log = "\
running 3 tests
test api::go::one ... ok

thread 'api::go::two' (4711) panicked at memguard/tests/api/go.rs:7:5:
WIPED: it is not
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

thread 'other' (4712) panicked at memguard/tests/api/go.rs:9:5:
planted
test api::go::two ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
";
    assert_eq!(Log::Libtest.first_failure(log), failure("api::go::two", "WIPED: it is not", Judge::Oracle));
    assert!(Log::Libtest.is_enough(log));
    let passed = "test a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; finished in 0.02s\n";
    assert_eq!(Log::Libtest.first_failure(passed), None);
    assert!(Log::Libtest.ran(passed) && !Log::Libtest.is_enough(passed));
    assert!(!Log::Libtest.ran("test result: ok. 0 passed; 0 failed; 3 filtered out\n"));
}

#[test]
fn a_test_that_the_order_checker_failed() {
    let log = "\
thread 'fork_at_sites::a_child_works' (1) panicked at memguard/tests/suite.rs:1:1:
[Violation { rule: WrongKind, thread: \"x\", held: None }]
test fork_at_sites::a_child_works ... FAILED
";
    assert_eq!(Log::Libtest.first_failure(log).unwrap().judge, Judge::OrderChecker);
}

/// Then there is no line of the test, only cargo's of the process.
#[test]
fn a_test_process_that_died() {
    let log = "\
running 200 tests
error: test failed, to rerun pass `-p memguard --test suite`

Caused by:
  process didn't exit successfully: `/t/deps/suite-0123456789abcdef` (signal: 11, SIGSEGV: invalid memory reference)
";
    let said = "signal: 11, SIGSEGV: invalid memory reference";
    assert_eq!(Log::Libtest.first_failure(log), failure("suite", said, Judge::Crash));
}

#[test]
fn a_test_that_hangs() {
    let log = "test sync::waits has been running for over 60 seconds\n";
    assert_eq!(Log::Libtest.first_failure(log).unwrap().judge, Judge::Deadlock);
}

/// With `MEMGUARD_FAIL_FAST` nothing follows.
#[test]
fn a_model_whose_own_oracle_failed() {
    let log = "\
running 117 tests
test lease.two_readers                       ... 16 executions, 0.00 s, bound none ... ok
test registry.new_vs_purge                   ... 
thread 'main' (7) panicked at model-tests/src/secret.rs:55:9:
WIPED: 1 of 2 secrets are left

thread 'main' (7) panicked at library/core/src/panicking.rs:1:1:
another

test registry.new_vs_purge ... FAILED in execution 310, after 0.04 s
run exactly this execution again with
";
    let said = "WIPED: 1 of 2 secrets are left";
    assert_eq!(Log::Models.first_failure(log), failure("registry.new_vs_purge", said, Judge::Oracle));
    assert_eq!(Log::Models.models(log), ["registry.new_vs_purge"]);
}

/// A vacuous model comes first here. What another model's oracle found counts for more.
#[test]
fn every_model() {
    let log = "\
test a.one ... 3 executions, 0.00 s, bound none ... 
thread 'main' (7) panicked at model-tests/src/model.rs:1:1:
model a.one is vacuous: no execution has 'contended' at BuffersAdd
FAILED
test b.two ... 
thread 'main' (7) panicked at x.rs:1:1:
deadlock; threads = [1, 2]

test b.two ... FAILED in execution 2, after 0.00 s
FAILED
test c.three ... 
thread 'main' (7) panicked at x.rs:1:1:
EXACT: garbage

test c.three ... FAILED in execution 9, after 0.00 s
FAILED

failures:

---- a.one ----
test panicked: model a.one is vacuous

test result: FAILED. 3 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.04s
gate: skipped, because models failed
";
    assert_eq!(Log::Models.first_failure(log), failure("b.two", "deadlock; threads = [1, 2]", Judge::Deadlock));
    assert_eq!(Log::Models.models(log), ["b.two", "c.three"]);
    let vacuous = log.split("test b.two").next().unwrap();
    assert_eq!(Log::Models.first_failure(vacuous).unwrap().judge, Judge::Gate);
    assert_eq!(Log::Models.models(vacuous), [""; 0]);
}

#[test]
fn the_gate() {
    let log = "\
test a.one ... 3 executions, 0.00 s, bound none ... ok

test result: ok. 117 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 160.04s

gate: the edge BufferFill -> PoolTake is not seen any more
test gate ... FAILED
gate: fail, 117 models, 2021210 executions, 160 s, record in /x/models.json
";
    let said = "gate: the edge BufferFill -> PoolTake is not seen any more";
    assert_eq!(Log::Models.first_failure(log), failure("gate", said, Judge::Gate));
    assert!(!Log::Models.ran(log));
    let passed = log.replace("gate: fail,", "gate: pass,").replace("gate: the edge", "the edge");
    assert_eq!(Log::Models.first_failure(&passed), None);
    assert!(Log::Models.ran(&passed));
    // Some models only: the gate did not run, so this is no pass.
    assert!(!Log::Models.ran("test a ... ok\ngate: skipped, because 116 models did not run\n"));
    assert!(!Log::Models.ran("gate: pass, 0 models, 0 executions, 0 s, record in x\n"));
}

#[test]
fn a_model_in_which_the_process_died() {
    let log = "\
test a.one ... 3 executions, 0.00 s, bound none ... ok
test b.two ... 
error: test failed, to rerun pass `-p model-tests --test models`

Caused by:
  process didn't exit successfully: `/t/release/deps/models-e5851fd25c72d145` (signal: 6, SIGABRT: process abort signal)
";
    let said = "signal: 6, SIGABRT: process abort signal";
    assert_eq!(Log::Models.first_failure(log), failure("b.two", said, Judge::Crash));
}

#[test]
fn simulated_runs() {
    let log = "\
seed 17 failed: WIPED: (live, registered, parked, handed over) buffers are left at rest: (0, 1, 0, 0)
no thread waits
64 operations on 5 threads; looking for fewer
2 operations on 2 threads, after 118 tries:
WIPED: (live, registered, parked, handed over) buffers are left at rest: (0, 1, 0, 0)

saved. Replay it with: cargo sim replay /t/sim/seed-17.json
";
    let said = "2 operations on 2 threads, after 118 tries: WIPED: (live, registered, parked, handed over) buffers are \
                left at rest: (0, 1, 0, 0)";
    assert_eq!(Log::Sim.first_failure(log), failure("seed 17", said, Judge::Oracle));
    let early = log.lines().next().unwrap();
    assert!(Log::Sim.first_failure(early).unwrap().said.starts_with("WIPED: (live"));
    assert!(Log::Sim.ran("sim: 20000 cases passed, 9 steps, 8.1 s, trace 00ff\n"));
    assert!(!Log::Sim.ran("sim: 0 cases passed, 0 steps, 0.0 s, trace 0000\n"));
}

#[test]
fn the_stress_binary() {
    let log = "\
memguard-stress: purge-storm: WIPED: 3 buffers are left
memguard-stress: rekey-storm: nothing was skipped
verdict: fail (20 scenarios, 1,234 operations, seed 7)
";
    assert_eq!(
        Log::Stress.first_failure(log),
        failure("purge-storm", "purge-storm: WIPED: 3 buffers are left", Judge::Oracle)
    );
    let stall = "memguard-stress: STALL: mixed: 2 threads made no progress for 10s\n";
    assert_eq!(Log::Stress.first_failure(stall).unwrap().judge, Judge::Deadlock);
    let race = "WARNING: ThreadSanitizer: data race\nSUMMARY: ThreadSanitizer: data race memguard/src/a.rs:1 in f\n";
    assert_eq!(Log::Stress.first_failure(race).unwrap().judge, Judge::Crash);
    assert!(Log::Stress.ran("verdict: pass (20 scenarios, 1,234 operations, seed 7)\n"));
    assert!(!Log::Stress.ran("verdict: pass (20 scenarios, 0 operations, seed 7)\n"));
    assert!(!Log::Stress.ran("verdict: unfit (nothing ran, no seed)\n"));
}

#[test]
fn a_fuzzer() {
    let log = "\
#1234 pulse cov: 1
thread '<unnamed>' (9) panicked at stress/src/oracles/layout.rs:3:3:
CLEAN: the canary is overwritten
==7== ERROR: libFuzzer: deadly signal
SUMMARY: libFuzzer: deadly signal
";
    assert_eq!(Log::Fuzzer.first_failure(log), failure(None, "CLEAN: the canary is overwritten", Judge::Oracle));
    let overflow = "SUMMARY: AddressSanitizer: heap-buffer-overflow memguard/src/a.rs:1 in f\n";
    assert_eq!(Log::Fuzzer.first_failure(overflow).unwrap().judge, Judge::Crash);
    assert!(Log::Fuzzer.ran("stat::number_of_executed_units: 5797\n"));
    assert!(!Log::Fuzzer.ran("stat::number_of_executed_units: 0\n"));
}

#[test]
fn the_compiler() {
    let log = "\
    Checking memguard v0.1.0 (/t/tree/memguard)
error[E0308]: mismatched types
   --> memguard/src/sync/lease.rs:7:9
error: could not compile `memguard` (lib) due to 1 previous error
";
    let said = "error[E0308]: mismatched types";
    assert_eq!(Log::Compiler.first_failure(log), failure("memguard/src/sync/lease.rs:7", said, Judge::Compiler));
    assert!(Log::Compiler.ran("    Finished `dev` profile [unoptimized] target(s) in 0.2s\n"));
    assert!(!Log::Compiler.ran(""));
}

#[test]
fn a_message_is_cut_and_on_one_line() {
    let long = format!("thread 'a' panicked at x:\n  {}\ntest a ... FAILED\n", "b  c ".repeat(100));
    let said = Log::Libtest.first_failure(&long).unwrap().said;
    assert_eq!(said.chars().count(), 160);
    assert!(said.starts_with("b c b c"));
}

/// Miri ends the program, so no test says that it failed. Else the log is libtest's.
#[test]
fn miri() {
    let log = "\
test threads::a ... test threads::b ... error: Undefined Behavior: Data race detected between (1) and (2)
 --> memguard/src/memory/slot.rs:189:29

FAILING SEED: 14
error: test failed, to rerun pass `-p memguard-interpreted --lib`
";
    let said = "Undefined Behavior: Data race detected between (1) and (2)";
    assert_eq!(Log::Miri.first_failure(log), failure("schedule 14", said, Judge::Crash));
    let hangs = "test threads::a ... error: the evaluated program deadlocked\n";
    assert_eq!(Log::Miri.first_failure(hangs).unwrap().judge, Judge::Deadlock);
    let fails = "thread 'threads::a' (1) panicked at threads.rs:1:1:\nEXACT: torn\ntest threads::a ... FAILED\n";
    assert_eq!(Log::Miri.first_failure(fails), failure("threads::a", "EXACT: torn", Judge::Oracle));
    let passes = "Trying seed: 0\ntest result: ok. 7 passed; 0 failed; finished in 44.81s\n";
    assert!(Log::Miri.first_failure(passes).is_none() && Log::Miri.ran(passes));
    assert!(!Log::Miri.ran("Trying seed: 0\n"));
}
