//! Whether a scenario kept its contract.

use super::calibration::spread;
use super::waits::LongestWaits;
use crate::scenario::Contract;
use crate::{Guarantee, Violation};
use memguard::sync::Class;
use memguard_lockdep::Usage;
use memguard_reports::stress::{self as report, Calibration};
use std::collections::BTreeMap;
use std::time::Duration;

/// Fewer say nothing of a p99.9.
const OPS_FOR_P999: u64 = 1_000;
/// Fewer for each worker say nothing of how they get on.
const OPS_FOR_SPREAD: u64 = 100;
/// A thread that the kernel keeps from running looks starved. After so many longest turns each has had its time.
const TURNS_FOR_SPREAD: u64 = 20;
/// Fewer say nothing of a median hold.
const HOLDS: u64 = 16;

/// The locks of the library under which no code of users runs.
const SHORT_HELD: [Class; 4] = [Class::Coffer, Class::Buffers, Class::Buffer, Class::Pool];

/// What was measured while the workers ran.
pub(super) struct Storm<'a> {
    pub(super) latency: report::Latency,
    /// How long it lasted.
    pub(super) duration: Duration,
    /// The operations of each worker.
    pub(super) ops: &'a [u64],
    pub(super) locks: &'a [Usage],
    pub(super) kinds: &'a BTreeMap<String, report::Kind>,
    pub(super) waits: &'a LongestWaits,
    /// What nobody could do anything in, and so counts for nobody.
    pub(super) stood_still: Duration,
}

/// What the storm broke of the contract.
pub(super) fn broken(contract: &Contract, calibration: &Calibration, storm: &Storm<'_>) -> Vec<Violation> {
    let ops: u64 = storm.ops.iter().sum();
    let mut broken = Vec::new();
    let stood_still = nanos(storm.stood_still);
    let mut judge = |what: String, measured: u64, still: u64, turn: u64, multiple: u32| {
        if measured.saturating_sub(still) > turn.saturating_mul(multiple.into()) {
            let (measured, turn) = (Duration::from_nanos(measured), Duration::from_nanos(turn));
            let text = format!("the contract is broken: {what} is {measured:?}, more than {multiple} times {turn:?}");
            broken.push(Violation::new(Guarantee::Progress, text));
        }
    };
    if ops >= OPS_FOR_P999 {
        judge(
            "the p99.9 of an operation".into(),
            storm.latency.p999,
            stood_still,
            calibration.turn_max_ns,
            contract.p999,
        );
    }
    judge("the longest operation".into(), storm.latency.max, stood_still, calibration.turn_max_ns, contract.max);
    for &(name, multiple) in contract.kinds {
        let longest = storm.kinds.get(name).map_or(0, |kind| kind.max);
        judge(format!("the longest {name:?}"), longest, stood_still, calibration.turn_max_ns, multiple);
    }
    for (class, &wait) in storm.waits.iter().filter(|(class, _)| is_short_held(Some(class))) {
        judge(
            format!("the longest wait for {class}"),
            nanos(wait),
            stood_still,
            calibration.turn_max_ns,
            contract.wait,
        );
    }
    let workers = u32::try_from(storm.ops.len()).unwrap_or(u32::MAX);
    let hold = contract.hold.saturating_add(workers.saturating_mul(contract.hold_per_worker));
    for usage in storm.locks.iter().filter(|usage| is_short_held(usage.class.name()) && usage.hold.timed >= HOLDS) {
        let what = format!("the median hold of {} taken at {}", usage.class, usage.place);
        judge(what, nanos(usage.hold.p50), 0, calibration.hold_ns, hold);
    }
    broken.extend(unfair(contract, calibration, storm));
    broken
}

/// What the time until the session was whole broke of the contract.
pub(super) fn broken_recovery(contract: &Contract, calibration: &Calibration, took: Duration) -> Option<Violation> {
    let (turn, multiple) = (Duration::from_nanos(calibration.turn_max_ns), contract.recovery);
    (took > turn.saturating_mul(multiple)).then(|| {
        let text = format!(
            "the contract is broken: the session was whole {took:?} after the last worker had ended, more than \
             {multiple} times {turn:?}"
        );
        Violation::new(Guarantee::Progress, text)
    })
}

fn is_short_held(class: Option<&str>) -> bool {
    SHORT_HELD.iter().any(|short| class == Some(short.full_name()))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn unfair(contract: &Contract, calibration: &Calibration, storm: &Storm<'_>) -> Option<Violation> {
    let (multiple, usual, ops) = (contract.spread?, calibration.spread?, storm.ops);
    let total: u64 = ops.iter().sum();
    let (least, most) = (ops.iter().min()?, ops.iter().max()?);
    let is_enough = total >= OPS_FOR_SPREAD * ops.len() as u64
        && nanos(storm.duration) >= calibration.turn_max_ns.saturating_mul(TURNS_FOR_SPREAD);
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
    use super::{LongestWaits, Storm, broken, broken_recovery};
    use crate::scenario::Contract;
    use memguard_reports::stress::{Calibration, Kind, Latency};
    use std::collections::BTreeMap;
    use std::time::Duration;

    const MACHINE: Calibration = Calibration { turn_max_ns: 100, hold_ns: 1, spread: Some(2) };
    const CONTRACT: Contract = Contract {
        p999: 2,
        max: 3,
        hold: 4,
        hold_per_worker: 1,
        kinds: &[("writing", 2)],
        wait: 6,
        recovery: 7,
        spread: Some(5),
    };

    fn said(p999: u64, max: u64, ops: &[u64]) -> Vec<String> {
        said_of(&Storm { latency: Latency { p50: 1, p99: 1, p999, max }, ops, ..calm() })
    }

    fn calm() -> Storm<'static> {
        const NO_KINDS: &BTreeMap<String, Kind> = &BTreeMap::new();
        const NO_WAITS: &LongestWaits = &LongestWaits::new();
        Storm {
            latency: Latency::default(),
            duration: Duration::from_nanos(2000),
            ops: &[],
            locks: &[],
            kinds: NO_KINDS,
            waits: NO_WAITS,
            stood_still: Duration::ZERO,
        }
    }

    fn said_of(storm: &Storm<'_>) -> Vec<String> {
        broken(&CONTRACT, &MACHINE, storm).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn kinds_and_waits_and_recovery_have_bounds() {
        let kinds = |max| BTreeMap::from([("writing".to_owned(), Kind { max, ..Kind::default() })]);
        assert!(said_of(&Storm { kinds: &kinds(200), ..calm() }).is_empty());
        let late = said_of(&Storm { kinds: &kinds(201), ..calm() });
        assert!(late[0].contains("the longest \"writing\" is 201ns, more than 2 times 100ns"), "{late:?}");
        let waits = |class: &str, ns| LongestWaits::from([(class.to_owned(), Duration::from_nanos(ns))]);
        assert!(said_of(&Storm { waits: &waits("memguard::POOL", 600), ..calm() }).is_empty());
        assert!(said_of(&Storm { waits: &waits("memguard::ACCESS", 601), ..calm() }).is_empty(), "users decide");
        let late = said_of(&Storm { waits: &waits("memguard::POOL", 601), ..calm() });
        assert!(late[0].contains("the longest wait for memguard::POOL is 601ns, more than 6 times"), "{late:?}");
        let recovery = |ns| broken_recovery(&CONTRACT, &MACHINE, Duration::from_nanos(ns));
        assert!(recovery(700).is_none());
        assert!(recovery(701).expect("it is late").message.contains("whole 701ns after"), "");
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
    fn the_time_in_which_the_process_stood_still_is_allowed() {
        let stopped = |max| Storm {
            latency: Latency { max, ..Latency::default() },
            stood_still: Duration::from_nanos(1000),
            ..calm()
        };
        assert!(said_of(&stopped(1300)).is_empty());
        assert!(said_of(&stopped(1301))[0].contains("the longest operation is 1.301µs, more than 3 times 100ns"));
    }

    #[test]
    fn too_few_operations_are_not_judged() {
        assert!(said(201, 300, &[499, 500]).is_empty(), "no p99.9");
        assert!(said(20, 300, &[1, 198]).is_empty(), "no spread");
        assert!(!said_of(&Storm { ops: &[0, 1001], ..calm() }).is_empty());
        let short = Storm { ops: &[0, 1001], duration: Duration::from_nanos(1999), ..calm() };
        assert!(said_of(&short).is_empty(), "no spread");
    }
}
