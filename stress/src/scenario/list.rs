//! The list of scenarios.

use super::definition::Scenario;
use super::{
    busted, churn, crowded, enclaves, exit_storm, fault_storm, foreign_code, fork_storm, isolations, limits,
    long_holders, mixed, nested, other_limits, oversubscribed, panics, purge_storm, readers_writers, rekey_storm,
    sessions, streams, thread_exit,
};

/// The scenarios, in the order in which they run.
///
/// ```
/// use memguard_stress::scenario::ALL;
/// assert_eq!(ALL.iter().filter(|scenario| scenario.name == "churn").count(), 1);
/// ```
pub static ALL: &[&Scenario] = &[
    &churn::SCENARIO,
    &crowded::SCENARIO,
    &enclaves::SCENARIO,
    &nested::SCENARIO,
    &purge_storm::SCENARIO,
    &rekey_storm::SCENARIO,
    &mixed::SCENARIO,
    &readers_writers::SCENARIO,
    &streams::SCENARIO,
    &sessions::SCENARIO,
    &isolations::SCENARIO,
    &thread_exit::SCENARIO,
    &long_holders::SCENARIO,
    &panics::SCENARIO,
    &limits::SCENARIO,
    &fault_storm::SCENARIO,
    &foreign_code::SCENARIO,
    &fork_storm::SCENARIO,
    &exit_storm::SCENARIO,
    &other_limits::SCENARIO,
    &oversubscribed::SCENARIO,
];

/// Scenarios with a planted bug, to prove that the detectors work. Each must fail. They run only when named.
pub static BUSTED: &[&Scenario] = busted::ALL;
