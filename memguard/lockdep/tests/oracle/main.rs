//! The checker against a search of all interleavings.
//!
//! A program is a few threads that take and release a few locks. The search visits every state that some schedule
//! reaches, and says whether one is a deadlock. The checker sees only one run, in which each thread runs alone and
//! nobody waits. Both must say the same.

mod program;
mod run;
mod search;

use program::Program;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The same programs in each run. `PROPTEST_CASES` draws more of them.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nested_locks_deadlock_where_the_search_says_so(program in program::nested()) {
        prop_assert_eq!(run::reports_deadlock(&program), search::deadlocks(&program), "{}", program);
    }

    /// Where locks are released in any order, the checker may warn too early: it does not remember which lock, released
    /// since, was held as another was taken. It misses nothing.
    #[test]
    fn no_deadlock_is_missed_in_any_order_of_release(program in program::any_order()) {
        prop_assert!(run::reports_deadlock(&program) || !search::deadlocks(&program), "{}", program);
    }
}

/// What the comment above says.
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
