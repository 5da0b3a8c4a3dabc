//! The scenarios of the stress binary on simulated threads.

use memguard_stress::scenario::Scenario;
use memguard_stress::sim::{Ran, ScenarioCase, Totals, scenarios};

const SEEDS: u64 = 300;

fn run(scenario: &'static Scenario, seed: u64) -> Ran {
    let ran = ScenarioCase::drawn(scenario, seed).run();
    assert_eq!(ran.failure, None, "{} of seed {seed}", scenario.name);
    ran
}

#[test]
fn each_passes_in_the_same_steps_in_any_order_and_provokes_what_it_must() {
    let names: Vec<&str> = scenarios().map(|scenario| scenario.name).collect();
    assert_eq!(
        names,
        ["churn", "enclaves", "nested", "purge-storm", "rekey-storm", "mixed", "readers-writers", "streams"]
    );
    for scenario in scenarios() {
        let upwards: Vec<Ran> = (0..SEEDS).map(|seed| run(scenario, seed)).collect();
        for (seed, before) in upwards.iter().enumerate().rev() {
            assert_eq!(*before, run(scenario, seed as u64), "{} of seed {seed}", scenario.name);
        }
        let mut totals = Totals::default();
        upwards.iter().for_each(|ran| totals += ran);
        for expected in scenario.expects {
            let provoked = totals.degraded.contains_key(expected);
            assert!(provoked, "{} never provoked {expected}: {:?}", scenario.name, totals.degraded);
        }
    }
}
