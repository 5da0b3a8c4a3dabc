//! The meta-test: under loom the models' mutex has exactly the outcomes of a real mutex.
//!
//! A family of small lock programs runs under loom through the facade. Brute force enumerates the same programs over a
//! reference lock of a few lines that shares no code with it. Both must find the same results of each try and each
//! timed acquisition, and agree on deadlocks. The same comparison with loom's own mutex must fail, or the comparison
//! shows nothing.

#![cfg(loom)]

mod explored;
mod family;
mod program;
mod reference;
mod subject;

use model_tests::Timed;
use program::{Behaviour, Op, Program};
use std::io::Write;
use subject::{Facade, Stock};

/// Compares every program and says how many there were.
fn compare(name: &str, programs: impl Iterator<Item = Program>, timed: Timed, fine: bool) {
    let (mut count, mut deadlocks, mut executions, mut seconds) = (0, 0, 0, 0.0);
    for program in programs {
        let (explored, cost) = explored::behaviour::<Facade>(&program, timed, fine);
        let meant = if timed == Timed::Strict { program.strict() } else { program.clone() };
        let brute_force = reference::behaviour(&meant);
        // In strict mode a timed acquisition always gets the lock, so only deadlocks are compared.
        match timed {
            Timed::Expires => assert_eq!(explored, brute_force, "{program}"),
            Timed::Strict => {
                assert_eq!(explored == Behaviour::Deadlock, brute_force == Behaviour::Deadlock, "{program}");
            }
        }
        count += 1;
        deadlocks += u64::from(brute_force == Behaviour::Deadlock);
        executions += cost.executions;
        seconds += cost.seconds;
    }
    say(&format!(
        "meta {name}: {count} programs ({deadlocks} deadlock), {executions} executions, {seconds:.2} s, equal"
    ));
}

/// Writes past libtest, which hides what a passing test prints.
fn say(text: &str) {
    // A closed stderr is no reason to fail.
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

#[test]
fn every_program_of_two_threads_with_three_operations() {
    compare("two threads", family::two_threads(3).into_iter(), Timed::Expires, false);
}

/// A sample at fixed distances, because all programs of three threads with two operations take ten minutes.
#[test]
fn some_programs_of_three_threads() {
    compare("three threads, two operations", family::three_threads(2).into_iter().step_by(61), Timed::Expires, false);
    compare(
        "three threads, three operations",
        family::three_threads(3).into_iter().step_by(9973),
        Timed::Expires,
        false,
    );
}

/// Each step of the lock and of the system's wait and wake is permuted.
#[test]
fn every_program_of_two_threads_with_two_operations_step_by_step() {
    compare("fine", family::two_threads(2).into_iter(), Timed::Expires, true);
    compare("fine, strict", family::two_threads(2).into_iter().filter(Program::has_timed), Timed::Strict, true);
}

/// Two threads wait for a third, and one of them may give up.
#[test]
fn three_threads_at_one_lock_step_by_step() {
    let programs = [[Op::Lock(0), Op::Lock(0), Op::Lock(0)], [Op::Lock(0), Op::Lock(0), Op::Timed(0)]];
    let programs = programs.map(|ops| Program(ops.map(|op| vec![op]).into()));
    compare("fine, three threads", programs.into_iter(), Timed::Expires, true);
}

#[test]
fn a_strict_timed_wait_hides_no_deadlock() {
    compare("strict", family::two_threads(2).into_iter().filter(Program::has_timed), Timed::Strict, false);
}

/// A thread takes its second lock by try and goes on without it. This is correct, and the whole library relies on it.
#[test]
fn backing_off_is_no_deadlock() {
    let program = Program(vec![vec![Op::Lock(0), Op::Lock(1)], vec![Op::Lock(1), Op::Try(0)]]);
    let expected = Behaviour::Ends([vec![vec![], vec![false]], vec![vec![], vec![true]]].into());
    assert_eq!(reference::behaviour(&program), expected);
    assert_eq!(explored::behaviour::<Facade>(&program, Timed::Strict, false).0, expected);
}

#[test]
fn an_inversion_is_a_deadlock() {
    let program = Program(vec![vec![Op::Lock(0), Op::Lock(1)], vec![Op::Lock(1), Op::Lock(0)]]);
    assert_eq!(reference::behaviour(&program), Behaviour::Deadlock);
    assert_eq!(explored::behaviour::<Facade>(&program, Timed::Strict, false).0, Behaviour::Deadlock);
}

/// The control: the comparison finds the faults of loom's own mutex.
#[test]
fn the_stock_mutex_fails_the_same_comparison() {
    let programs = family::two_threads(3);
    let (mut blind, mut false_deadlocks, mut missed_deadlocks) = (Vec::new(), Vec::new(), 0);
    for program in &programs {
        match (explored::behaviour::<Stock>(program, Timed::Expires, false).0, reference::behaviour(program)) {
            (explored, brute_force) if explored == brute_force => {}
            (Behaviour::Ends(explored), Behaviour::Ends(all)) => {
                assert!(explored.is_subset(&all), "{program}: stock finds an outcome that no lock has");
                blind.push((program, all.len() - explored.len(), all.len()));
            }
            (Behaviour::Deadlock, _) => false_deadlocks.push(program),
            (_, Behaviour::Deadlock) => missed_deadlocks += 1,
        }
    }
    let (of, wrong) = (programs.len(), blind.len() + false_deadlocks.len() + missed_deadlocks);
    say(&format!(
        "meta stock loom mutex: wrong in {wrong} of {of} programs: {} miss outcomes, {} are false deadlocks, \
         {missed_deadlocks} deadlocks are missed",
        blind.len(),
        false_deadlocks.len()
    ));
    for (program, missing, all) in blind.iter().take(3) {
        say(&format!("  misses {missing} of {all} outcomes: {program}"));
    }
    for program in false_deadlocks.iter().take(3) {
        say(&format!("  false deadlock: {program}"));
    }
    assert!(!blind.is_empty(), "loom's try_lock shows contention now: is the leaf still needed?");
    assert!(!false_deadlocks.is_empty(), "loom no longer calls back-off a deadlock: is the leaf still needed?");
}
