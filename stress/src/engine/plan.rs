//! What to run.

use crate::scenario::Scenario;
use std::time::Duration;

/// The scenarios of a run, and their parameters.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenarios run in this order.
    pub scenarios: Vec<&'static Scenario>,
    /// The time of all scenarios together. Each gets an equal share.
    pub duration: Duration,
    /// The threads of each scenario. A scenario may need more, and the machine may have lockable memory only for fewer.
    pub threads: usize,
    /// Fixes what each thread does.
    pub seed: u64,
    /// A thread that completes no operation for this long has stalled.
    pub stall_after: Duration,
}
