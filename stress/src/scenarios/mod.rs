//! The scenarios: ways in which threads get in each other's way.

mod busted;
mod churn;
mod enclaves;
mod limits;
mod nested;
mod panics;
mod purge_storm;
mod rekey_storm;

use crate::engine::{Setback, Stage};
use memguard::SessionBuilder;

/// One way in which threads contend, on a session of its own.
#[derive(Debug)]
pub struct Scenario {
    /// Short name, unique.
    pub name: &'static str,
    /// What it is for, in one line.
    pub purpose: &'static str,
    /// The kinds of degraded outcome that it exists to provoke, by the names of the fields of `memguard::Degraded`. If one
    /// never occurs, the scenario has shown nothing.
    pub expects: &'static [&'static str],
    /// With fewer threads it cannot do what it is for.
    pub min_threads: usize,
    /// How its session differs from the default one.
    pub configure: fn(SessionBuilder) -> SessionBuilder,
    /// Plays it. Everything it made must be dropped when it returns.
    pub play: fn(&Stage<'_>) -> Result<(), Setback>,
}

/// The scenarios, in the order in which they run.
///
/// ```
/// use memguard_stress::scenarios::ALL;
/// assert_eq!(ALL.iter().filter(|scenario| scenario.name == "churn").count(), 1);
/// ```
pub static ALL: &[&Scenario] = &[
    &churn::SCENARIO,
    &enclaves::SCENARIO,
    &nested::SCENARIO,
    &purge_storm::SCENARIO,
    &rekey_storm::SCENARIO,
    &panics::SCENARIO,
    &limits::SCENARIO,
];

/// Scenarios with a planted bug. Each must be noticed: they prove the detectors, and are in no run unless named.
pub static BUSTED: &[&Scenario] = &[&busted::ORDER, &busted::WAKEUP, &busted::WIPE, &busted::VACUOUS];

/// The scenario of this name, with or without a bug.
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    ALL.iter().chain(BUSTED).copied().find(|scenario| scenario.name == name)
}
