//! The scenarios of the stress binary on simulated threads.

use memguard_stress::scenario::Scenario;
use memguard_stress::sim::{ScenarioCase, Totals, scenarios};

const SEEDS: u64 = 300;

fn totals(seeds: impl Iterator<Item = u64>, scenario: &'static Scenario) -> Totals {
    let mut totals = Totals::default();
    for seed in seeds {
        let ran = ScenarioCase::drawn(scenario, seed).run();
        assert_eq!(ran.failure, None, "{} of seed {seed}", scenario.name);
        totals += &ran;
    }
    totals
}

#[test]
fn each_passes_in_the_same_steps_in_any_order_and_provokes_what_it_must() {
    let names: Vec<&str> = scenarios().map(|scenario| scenario.name).collect();
    assert_eq!(
        names,
        ["churn", "enclaves", "nested", "purge-storm", "rekey-storm", "mixed", "readers-writers", "streams"]
    );
    for scenario in scenarios() {
        let upwards = totals(0..SEEDS, scenario);
        assert_eq!(upwards, totals((0..SEEDS).rev(), scenario), "{}", scenario.name);
        for expected in scenario.expects {
            let provoked = upwards.degraded.contains_key(expected);
            assert!(provoked, "{} never provoked {expected}: {:?}", scenario.name, upwards.degraded);
        }
    }
}
