//! What changed between two stress runs beyond what changes from run to run anyway.

use std::fmt;

use crate::schema::stress::run::{Scenario, StressRun};
use crate::units;

/// A figure that is the mean of many operations may differ by this factor on one machine.
const NOISE: f64 = 1.5;

/// A figure that few operations decide may differ by this factor.
const NOISE_OF_TAILS: f64 = 4.0;

/// So may the median of one kind of operation: what the other threads do at that moment decides much of it.
const NOISE_OF_KINDS: f64 = 2.0;

/// Fewer operations of one kind say nothing of its p99.9.
const OPS_OF_KIND: u64 = 1_000;

/// One event decides a longest wait, so it may differ by this factor.
const NOISE_OF_LONGEST: f64 = 10.0;

/// Single times below 10 ms are one turn of the scheduler, and count as this long.
const SHORT_NS: u64 = 10_000_000;

/// Counts of rare events differ by chance. A difference counts from this many standard deviations on.
const DEVIATIONS: f64 = 5.0;

/// One thing that changed from one run to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The scenario, or `run`.
    pub scenario: String,
    /// What changed.
    pub what: String,
    /// How it was.
    pub before: String,
    /// How it is.
    pub after: String,
    /// Whether this is a change for the worse. What contention and the machine decide is neither better nor worse.
    pub is_worse: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, what, before, after, is_worse } = self;
        write!(f, "{scenario}: {what}: {before} -> {after}{}", if *is_worse { " (worse)" } else { "" })
    }
}

/// What changed from the older run to the newer one, in the order of the older one's scenarios.
///
/// Throughput and the median count from a factor of 1.5 on, p99 and p99.9 from a factor of 4. The median of one kind
/// of operation counts from a factor of 2 on, if there are 1000 of them in both. The time until the session was whole
/// counts from a factor of 4 on, and the longest wait for locks of a class from 10 on, both above 10 ms. Degraded
/// outcomes are compared by operation, and count from 5 standard deviations and a factor of 1.5 on. The slowest
/// operation is left out: one operation decides it.
///
/// ```no_run
/// use memguard_reports::{load, stress};
/// let (old, new) = (load("old.json".as_ref())?, load("new.json".as_ref())?);
/// for change in stress::compare(&old, &new) {
///     println!("{change}");
/// }
/// # Ok::<(), memguard_reports::ReportError>(())
/// ```
pub fn compare(old: &StressRun, new: &StressRun) -> Vec<Change> {
    let mut found = Vec::new();
    let mut note = |scenario: &str, what: &str, before: String, after: String, is_worse: bool| {
        if before != after {
            let (scenario, what) = (scenario.to_owned(), what.to_owned());
            found.push(Change { scenario, what, before, after, is_worse });
        }
    };
    let is_worse = old.shortfalls().len() < new.shortfalls().len();
    note("run", "verdict", old.verdict.to_string(), new.verdict.to_string(), is_worse);
    note("run", "threads", old.threads.to_string(), new.threads.to_string(), false);
    let named = |run: &'_ StressRun, name: &str| run.scenarios.iter().position(|scenario| scenario.name == name);
    for scenario in &new.scenarios {
        if named(old, &scenario.name).is_none() {
            note(&scenario.name, "scenario", "absent".into(), "ran".into(), false);
        }
    }
    for before in &old.scenarios {
        let name = &before.name;
        let Some(after) = named(new, name).map(|at| &new.scenarios[at]) else {
            note(name, "scenario", "ran".into(), "absent".into(), true);
            continue;
        };
        let (a, b) = (before.violations.len(), after.violations.len());
        note(name, "violations", a.to_string(), b.to_string(), b > a);
        let rest = |scenario: &Scenario| if scenario.quiescence.is_clean() { "clean" } else { "not clean" }.to_owned();
        note(name, "at rest", rest(before), rest(after), !after.quiescence.is_clean());
        let [a, b] = [before, after].map(|scenario| scenario.ops as f64 / scenario.duration_s);
        if differs(a, b, NOISE) {
            let shown = |scenario: &Scenario| units::rate(scenario.ops, scenario.duration_s);
            note(name, "ops/s", shown(before), shown(after), b < a);
        }
        let (a, b) = (&before.latency_ns, &after.latency_ns);
        let latencies = [
            ("p50", a.p50, b.p50, NOISE),
            ("p99", a.p99, b.p99, NOISE_OF_TAILS),
            ("p99.9", a.p999, b.p999, NOISE_OF_TAILS),
        ];
        for (what, a, b, noise) in latencies {
            if differs(a as f64, b as f64, noise) {
                note(name, what, units::nanoseconds(a), units::nanoseconds(b), b > a);
            }
        }
        for (kind, a) in &before.kinds {
            let Some(b) = after.kinds.get(kind).filter(|b| a.ops.min(b.ops) >= OPS_OF_KIND) else { continue };
            for (what, a, b, noise) in
                [("p50", a.p50, b.p50, NOISE_OF_KINDS), ("p99.9", a.p999, b.p999, NOISE_OF_TAILS)]
            {
                if differs(a as f64, b as f64, noise) {
                    let what = format!("{what} of {kind}");
                    note(name, &what, units::nanoseconds(a), units::nanoseconds(b), b > a);
                }
            }
        }
        let (a, b) = (before.recovery_ns.unwrap_or(0), after.recovery_ns.unwrap_or(0));
        // A record without it shows nothing.
        if a.min(b) > 0 && differs(a.max(SHORT_NS) as f64, b.max(SHORT_NS) as f64, NOISE_OF_TAILS) {
            note(name, "recovery", units::nanoseconds(a), units::nanoseconds(b), b > a);
        }
        for (class, &a) in &before.longest_waits_ns {
            let b = after.longest_waits_ns.get(class).copied().unwrap_or(0);
            if b > 0 && differs(a.max(SHORT_NS) as f64, b.max(SHORT_NS) as f64, NOISE_OF_LONGEST) {
                note(name, &format!("longest wait for {class}"), units::nanoseconds(a), units::nanoseconds(b), b > a);
            }
        }
        for (kind, &a) in &before.degraded {
            let b = after.degraded.get(kind).copied().unwrap_or(0);
            if count_differs((a, before.ops), (b, after.ops)) {
                let by_ops = |count, scenario: &Scenario| {
                    format!("{} of {} ops", units::count(count), units::count(scenario.ops))
                };
                note(name, kind, by_ops(a, before), by_ops(b, after), false);
            }
        }
    }
    found
}

fn differs(a: f64, b: f64, noise: f64) -> bool {
    // A figure that is no number differs from every other.
    let within = a <= b * noise && b <= a * noise;
    !within && (a.is_finite() || b.is_finite())
}

/// Whether two counts, each out of a number of operations, differ by more than chance.
fn count_differs((a, a_ops): (u64, u64), (b, b_ops): (u64, u64)) -> bool {
    let (a, b, a_ops, b_ops) = (a as f64, b as f64, a_ops as f64, b_ops as f64);
    // Were the rates the same, each run would have its share of all events by its share of all operations.
    let expected = (a + b) * a_ops / (a_ops + b_ops);
    let deviation = (expected * b_ops / (a_ops + b_ops)).sqrt();
    (a - expected).abs() > DEVIATIONS * deviation && differs(a / a_ops, b / b_ops, NOISE)
}

#[cfg(test)]
mod tests {
    use super::{count_differs, differs};

    #[test]
    fn chance_is_no_change() {
        assert!(!count_differs((10, 1000), (20, 1000)), "few events");
        assert!(count_differs((1000, 100_000), (2000, 100_000)), "twice as many of many");
        assert!(!count_differs((1000, 1000), (10_000, 10_000)), "the same rate");
        assert!(!count_differs((0, 10), (0, 20)) && !count_differs((0, 0), (0, 0)), "none at all");
        assert!(count_differs((0, 100_000), (100, 100_000)), "new");
    }

    #[test]
    fn a_factor_counts_in_both_directions() {
        assert!(!differs(100.0, 150.0, 1.5) && !differs(150.0, 100.0, 1.5));
        assert!(differs(100.0, 151.0, 1.5) && differs(151.0, 100.0, 1.5));
        assert!(differs(0.0, 1.0, 1.5) && !differs(0.0, 0.0, 1.5) && !differs(f64::NAN, f64::NAN, 1.5));
    }
}
