//! The checker against a search of all interleavings, for programs that take locks and send messages.
//!
//! The search visits every state that some schedule reaches. The checker sees one run, along a schedule that ends. Both
//! must say the same of each deadlock. Programs that wait for ever without their locks are left out.

mod program;
mod run;
mod search;

use program::Program;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same programs in each run. `PROPTEST_CASES` draws more of them.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000);
    ProptestConfig {
        cases,
        max_global_rejects: 100 * cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// It may warn too early: the message that would be enough comes later in the run.
    #[test]
    fn no_deadlock_is_missed((program, seed) in (program::any(), any::<u64>())) {
        let schedule = search::schedule(&program, seed);
        prop_assume!(!search::deadlocks(&program.without_locks()));
        if let Some(schedule) = schedule {
            let reported = run::reports_deadlock(&program, &schedule);
            prop_assert!(reported || !search::deadlocks(&program), "{} along {:?}", program, schedule);
        }
    }
}

/// What the checker and the search say of a program. The run is that of a schedule.
fn both(text: &str, schedule: &[usize]) -> (bool, bool) {
    let program = Program::parse(text);
    (run::reports_deadlock(&program, schedule), search::deadlocks(&program))
}

/// What the comment above says.
#[test]
fn a_message_that_comes_later_does_not_count() {
    let text = "?0 +b ?0 -b | !1 !0 +b !0 -b | !0";
    assert_eq!(both(text, &[1, 1, 1, 1, 0, 1, 0, 0, 0, 2]), (true, false));
    assert_eq!(both(text, &[1, 1, 2, 1, 1, 0, 1, 0, 0, 0]), (false, false));
}

/// Another thread can take the message that came in this run.
#[test]
fn a_message_can_go_to_another_thread() {
    assert_eq!(both("!1 +b ?1 -b | +a +b !1 -b -a | ?1", &[0, 0, 0, 0, 1, 1, 1, 1, 1, 2]), (true, true));
}

/// A thread that sends its messages before it takes one leaves the other what that needs.
#[test]
fn a_thread_takes_no_message_before_it_asks() {
    assert_eq!(both("+a ?0 -a | !1 !0 +a !0 ?0 -a", &[1, 0, 1, 0, 0, 1, 1, 1, 1]), (false, false));
}

/// A thread that waits for a message before it sends passes on what that one needs.
#[test]
fn a_sender_can_wait_for_another() {
    let text = "?1 +b -b !1 !0 +a -a | +a ?0 -a | +b +a -a -b !1";
    assert_eq!(both(text, &[2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]), (true, true));
}

/// The search itself finds what it is for, and nothing else.
#[test]
fn the_search_knows_the_classics() {
    let deadlocks = |text: &str| search::deadlocks(&Program::parse(text));
    assert!(deadlocks("+a +b -b -a | +b +a -a -b"));
    assert!(deadlocks("+a ?0 -a | +a -a !0"));
    assert!(!deadlocks("+a ?0 -a | !0 +a -a"));
    assert!(!deadlocks("+a +b -b -a !0 | ?0 +b +a -a -b"));
    assert!(deadlocks("!0 +a +b -b -a | ?0 +b +a -a -b"));
    assert!(deadlocks("?0"));
}
