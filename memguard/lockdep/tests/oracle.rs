//! The checker against a search of all interleavings, on programs that proptest draws.

use memguard_lockdep_corpus::drawn::program::{LOCKS, MOST_TAKES, THREADS, Take, thread};
use memguard_lockdep_corpus::drawn::{Program, Release, judge, run, search};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same programs in each run. `PROPTEST_CASES` draws more of them.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() }
}

fn program(release: Release) -> impl Strategy<Value = Program> {
    let take = prop_oneof![4 => Just(Take::Write), 2 => Just(Take::Read), 1 => Just(Take::Try)];
    // Each takes a lock, and releases it before it has taken this many more.
    let takes = prop::collection::vec((take, 0..LOCKS, 0..3_usize), 1..=MOST_TAKES);
    let thread = takes.prop_map(move |takes| thread(takes, release));
    prop::collection::vec(thread, 1..=THREADS).prop_map(Program)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nested_locks_deadlock_where_the_search_says_so(program in program(Release::Nested)) {
        judge(&program, Release::Nested);
    }

    #[test]
    fn no_deadlock_is_missed_in_any_order_of_release(program in program(Release::AnyOrder)) {
        judge(&program, Release::AnyOrder);
    }
}

/// The early warning that `judge` allows.
#[test]
fn a_lock_released_since_is_not_remembered() {
    let program = Program::parse("+a +b -b ?c +b -b -c -a | +a +b -a +c -c -b");
    assert!(run::reports_deadlock(&program) && !search::deadlocks(&program));
}

/// The search itself finds what it is for, and nothing else.
#[test]
fn the_search_knows_the_classics() {
    let deadlocks = |text: &str| search::deadlocks(&Program::parse(text));
    assert!(deadlocks("+a +b -b -a | +b +a -a -b"));
    assert!(!deadlocks("+a +b -b -a | +a +b -b -a"));
    assert!(!deadlocks("+c +a +b -b -a -c | +c +b +a -a -b -c"));
    assert!(deadlocks("+a +b -b -a | +b +c -c -b | +c +a -a -c"));
    assert!(!deadlocks("+a ?b -b -a | +b ?a -a -b"));
    assert!(!deadlocks("ra rb -b -a | rb ra -a -b"));
    assert!(!deadlocks("ra rb -b -a | rb ra -a -b | +a -a +b -b"));
    assert!(deadlocks("ra rb -b -a | rb ra -a -b | +a -a | +b -b"));
    assert!(deadlocks("+a +a -a -a"));
    assert!(!deadlocks("+a -a +b -b | +b -b +a -a"));
}
