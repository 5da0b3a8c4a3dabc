//! Simulated runs: a seed fixes everything, planted bugs are found and shrunk, and files are what they say.

#![cfg(shuttle)]

mod as_code;
mod clock;
mod deadlines;
mod files;
mod planted;
mod scenarios;

use memguard_stress::ops::Told;
use memguard_stress::sim::{Case, Totals};

const SEEDS: u64 = 2000;

/// The traces of all cases, added up in this order.
fn totals(seeds: impl Iterator<Item = u64>) -> Totals {
    let mut totals = Totals::default();
    for seed in seeds {
        let ran = Case::drawn(seed).run();
        assert_eq!(ran.failure, None, "seed {seed}");
        totals += &ran;
    }
    totals
}

/// No case depends on the cases before it. So shards can run on different machines.
#[test]
fn the_same_seeds_are_the_same_steps_in_any_order() {
    let (upwards, downwards) = (totals(0..SEEDS), totals((0..SEEDS).rev()));
    assert_eq!(upwards, downwards);
    let mean = upwards.steps / upwards.cases;
    assert!(mean > 100, "{mean} steps on average show nothing");
    assert_ne!(Case::drawn(1).run().trace, Case::drawn(2).run().trace);
}

/// Runs in which nothing interesting happens show nothing.
#[test]
fn the_cases_see_every_outcome_that_callers_are_told() {
    let seen = totals(0..SEEDS).seen;
    for told in Told::ALL {
        assert!(seen.contains_key(&told), "no case saw {told:?}; seen: {seen:?}");
    }
}
