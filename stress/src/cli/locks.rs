//! What threads did with locks, for the report.

use memguard_lockdep::{Times, Usage, statistics};
use memguard_reports::stress::{LockTimes, LockUse};
use std::time::Duration;

/// What all threads did since the run began to count.
pub fn locks() -> Vec<LockUse> {
    statistics().iter().map(as_reported).collect()
}

fn as_reported(usage: &Usage) -> LockUse {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let times = |times: Times| LockTimes {
        timed: times.timed,
        p50: nanos(times.p50),
        p99: nanos(times.p99),
        max: nanos(times.max),
    };
    LockUse {
        class: usage.class.to_string(),
        place: usage.place.to_string(),
        acquired: usage.acquired,
        contended: usage.contended,
        failed: usage.failed,
        timed_out: usage.timed_out,
        wait_ns: times(usage.wait),
        hold_ns: times(usage.hold),
    }
}
