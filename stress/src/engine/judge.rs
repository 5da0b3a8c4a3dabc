//! Whether a scenario kept its contract.

use super::calibration::spread;
use crate::scenario::Contract;
use crate::{Guarantee, Violation};
use memguard::sync::Class;
use memguard_lockdep::Usage;
use memguard_reports::stress::{self as report, Calibration};
use std::time::Duration;

/// Fewer say nothing of a p99.9.
const OPS_FOR_P999: u64 = 1_000;
/// Fewer for each worker say nothing of how they get on.
const OPS_FOR_SPREAD: u64 = 100;
/// Fewer say nothing of a median hold.
const HOLDS: u64 = 16;

/// The locks of the library under which no code of users runs.
const SHORT_HELD: [Class; 4] = [Class::Coffer, Class::Buffers, Class::Buffer, Class::Pool];

/// What was measured while the workers ran.
pub(super) struct Storm<'a> {
    pub(super) latency: report::Latency,
    /// The operations of each worker.
    pub(super) ops: &'a [u64],
    pub(super) locks: &'a [Usage],
}

/// What the storm broke of the contract.
pub(super) fn broken(contract: &Contract, calibration: &Calibration, storm: &Storm<'_>) -> Vec<Violation> {
    let ops: u64 = storm.ops.iter().sum();
    let mut broken = Vec::new();
    let mut judge = |what: String, measured: u64, turn: u64, multiple: u32| {
        if measured > turn.saturating_mul(multiple.into()) {
            let (measured, turn) = (Duration::from_nanos(measured), Duration::from_nanos(turn));
            let text = format!("the contract is broken: {what} is {measured:?}, more than {multiple} times {turn:?}");
            broken.push(Violation::new(Guarantee::Progress, text));
        }
    };
    if ops >= OPS_FOR_P999 {
        judge("the p99.9 of an operation".into(), storm.latency.p999, calibration.turn_max_ns, contract.p999);
    }
    judge("the longest operation".into(), storm.latency.max, calibration.turn_max_ns, contract.max);
    for usage in storm.locks.iter().filter(|usage| is_short_held(usage) && usage.hold.timed >= HOLDS) {
        let hold = u64::try_from(usage.hold.p50.as_nanos()).unwrap_or(u64::MAX);
        let what = format!("the median hold of {} taken at {}", usage.class, usage.place);
        judge(what, hold, calibration.hold_ns, contract.hold);
    }
    broken.extend(unfair(contract, calibration, storm.ops));
    broken
}

fn is_short_held(usage: &Usage) -> bool {
    SHORT_HELD.iter().any(|class| usage.class.name() == Some(class.full_name()))
}

fn unfair(contract: &Contract, calibration: &Calibration, ops: &[u64]) -> Option<Violation> {
    let (multiple, usual) = (contract.spread?, calibration.spread?);
    let total: u64 = ops.iter().sum();
    let (least, most) = (ops.iter().min()?, ops.iter().max()?);
    let is_enough = total >= OPS_FOR_SPREAD * ops.len() as u64;
    let is_fair = spread(ops).is_some_and(|spread| spread <= usual.saturating_mul(multiple.into()));
    (is_enough && !is_fair).then(|| {
        let text = format!(
            "the contract is broken: one worker completed {least} operations while another completed {most}; for \
             turns the ratio was {usual}, and {multiple} times that is allowed"
        );
        Violation::new(Guarantee::Progress, text)
    })
}

#[cfg(test)]
mod tests {
    use super::{Storm, broken};
    use crate::scenario::Contract;
    use memguard_reports::stress::{Calibration, Latency};

    const MACHINE: Calibration = Calibration { turn_max_ns: 100, hold_ns: 1, spread: Some(2) };
    const CONTRACT: Contract = Contract { p999: 2, max: 3, hold: 4, spread: Some(5) };

    fn said(p999: u64, max: u64, ops: &[u64]) -> Vec<String> {
        let storm = Storm { latency: Latency { p50: 1, p99: 1, p999, max }, ops, locks: &[] };
        broken(&CONTRACT, &MACHINE, &storm).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn each_bound_is_judged() {
        assert!(said(200, 300, &[100, 1000]).is_empty());
        assert!(said(201, 300, &[100, 1000])[0].contains("p99.9 of an operation is 201ns, more than 2 times 100ns"));
        assert!(said(20, 301, &[100, 1000])[0].contains("the longest operation is 301ns, more than 3 times 100ns"));
        assert!(said(20, 300, &[100, 1001])[0].contains("completed 100 operations while another completed 1001"));
        assert!(said(20, 300, &[0, 1001])[0].contains("completed 0 operations"));
    }

    #[test]
    fn too_few_operations_are_not_judged() {
        assert!(said(201, 300, &[499, 500]).is_empty(), "no p99.9");
        assert!(said(20, 300, &[1, 198]).is_empty(), "no spread");
    }
}
