//! oversubscribed: the work of `mixed` with many more threads than processors.
//!
//! Most threads wait for a processor most of the time, also those that hold a lock. So a design that needs a thread to
//! run soon shows here: a wait that spins, a wake-up that reaches one thread and counts on it, a timeout that is too
//! short.

use super::{Contract, Scenario, mixed};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "oversubscribed",
    purpose: "the work of mixed with 64 threads for each processor, however many are asked for",
    expects: &["accesses_refused", "handed_over_wipes"],
    min_threads: 2,
    threads_per_core: 64,
    contract: Contract::FAIR,
    // To start and end many threads is not the subject.
    run: |context| mixed::run_in_phases(context, 2),
    ..Scenario::PLAIN
};
