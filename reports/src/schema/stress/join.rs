//! Joins the records of several runs into one.

use std::collections::BTreeMap;

use crate::schema::stress::run::{
    Calibration, FailedRun, Kind, Latency, LockTimes, LockUse, Partial, Quiescence, Scenario, StressRun, Verdict,
};
use crate::schema::stress::shortfall::Shortfall;

/// Why two records cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// They are not of one program.
    #[error("it is of commit {found}, and those before it are of commit {before}")]
    OtherCommit {
        /// The commit of the records before.
        before: String,
        /// The commit of this one.
        found: String,
    },
    /// A run would count twice.
    #[error("its run of seed {seed} is in those before it already")]
    SameSeed {
        /// The seed.
        seed: u64,
    },
}

impl StressRun {
    /// The seeds of the runs that were joined, or the one seed.
    pub fn all_seeds(&self) -> &[u64] {
        if self.seeds.is_empty() { std::slice::from_ref(&self.seed) } else { &self.seeds }
    }

    /// The seeds, in words.
    pub fn seeds_in_words(&self) -> String {
        match self.all_seeds() {
            [only] => only.to_string(),
            [first, .., last] if last - first == self.seeds.len() as u64 - 1 => format!("{first} to {last}"),
            some => format!("{} of {} to {}", some.len(), self.seed, some[some.len() - 1]),
        }
    }

    /// This run and another one as one record.
    ///
    /// Operations and counts are added, violations follow each other, and of the two verdicts the worse one is stated.
    /// Of two times the longer one counts: if half of the operations took at most so long in each of two runs, half of
    /// all did. Samples are left out, because each has the time of its own run. Command, machine and calibration are
    /// those of the first, with the higher figures of calibration.
    ///
    /// # Errors
    ///
    /// [`JoinError`] if the two are of different commits, or have a seed in common.
    pub fn join(self, other: Self) -> Result<Self, JoinError> {
        if self.commit != other.commit {
            return Err(JoinError::OtherCommit { before: self.commit, found: other.commit });
        }
        if let Some(&seed) = other.all_seeds().iter().find(|seed| self.all_seeds().contains(seed)) {
            return Err(JoinError::SameSeed { seed });
        }
        let mut seeds = [self.all_seeds(), other.all_seeds()].concat();
        seeds.sort_unstable();
        let mut failed_runs = [self.failures(), other.failures()].concat();
        failed_runs.sort_by_key(|failed| failed.seed);
        Ok(Self {
            seed: seeds[0],
            seeds,
            failed_runs,
            started_unix_s: self.started_unix_s.min(other.started_unix_s),
            threads: self.threads.max(other.threads),
            duration_s: self.duration_s + other.duration_s,
            calibration: higher(self.calibration, other.calibration),
            partial: both_partial(self.partial, other.partial),
            verdict: worse(self.verdict, other.verdict),
            scenarios: joined_by(self.scenarios, other.scenarios, |scenario| scenario.name.clone(), add_scenario),
            locks: joined_by(self.locks, other.locks, |lock| (lock.class.clone(), lock.place.clone()), add_lock),
            ..self
        })
    }

    /// The runs of this record that did not pass.
    fn failures(&self) -> Vec<FailedRun> {
        if !self.seeds.is_empty() {
            return self.failed_runs.clone();
        }
        let reasons = self.shortfalls().iter().map(Shortfall::to_string).collect();
        let failed = FailedRun { seed: self.seed, verdict: self.verdict, reasons };
        (self.verdict != Verdict::Pass).then_some(failed).into_iter().collect()
    }
}

/// A broken guarantee comes first, as in a single run.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    let order = [Verdict::Fail, Verdict::Stall, Verdict::Unfit, Verdict::Interrupted];
    order.into_iter().find(|verdict| [one, other].contains(verdict)).unwrap_or(Verdict::Pass)
}

fn higher(one: Option<Calibration>, other: Option<Calibration>) -> Option<Calibration> {
    let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
    let (turn_max_ns, hold_ns) = (a.turn_max_ns.max(b.turn_max_ns), a.hold_ns.max(b.hold_ns));
    Some(Calibration { turn_max_ns, hold_ns, spread: a.spread.max(b.spread) })
}

fn both_partial(one: Option<Partial>, other: Option<Partial>) -> Option<Partial> {
    let (Some(mut one), Some(other)) = (one.clone(), other.clone()) else { return one.or(other) };
    if !one.ended_by.split(", ").any(|known| known == other.ended_by) {
        one.ended_by = format!("{}, {}", one.ended_by, other.ended_by);
    }
    let more: Vec<String> = other.unfinished.into_iter().filter(|name| !one.unfinished.contains(name)).collect();
    one.unfinished.extend(more);
    Some(one)
}

/// The items of the first list, to each of which that of the same name in the second is added, and then the others of
/// the second.
fn joined_by<T, K: Ord>(ones: Vec<T>, others: Vec<T>, name: impl Fn(&T) -> K, add: impl Fn(&mut T, T)) -> Vec<T> {
    let mut all = ones;
    let at: BTreeMap<K, usize> = all.iter().enumerate().map(|(at, one)| (name(one), at)).collect();
    for other in others {
        match at.get(&name(&other)) {
            Some(&at) => add(&mut all[at], other),
            None => all.push(other),
        }
    }
    all
}

fn add_scenario(to: &mut Scenario, other: Scenario) {
    to.ops += other.ops;
    to.threads = to.threads.max(other.threads);
    to.duration_s += other.duration_s;
    for (kind, count) in other.degraded {
        *to.degraded.entry(kind).or_default() += count;
    }
    let more: Vec<String> =
        other.expected_degraded.into_iter().filter(|kind| !to.expected_degraded.contains(kind)).collect();
    to.expected_degraded.extend(more);
    to.violations.extend(other.violations);
    to.latency_ns = longer(to.latency_ns, other.latency_ns);
    for (name, kind) in other.kinds {
        let all = to.kinds.entry(name).or_default();
        *all = Kind {
            ops: all.ops + kind.ops,
            p50: all.p50.max(kind.p50),
            p999: all.p999.max(kind.p999),
            max: all.max.max(kind.max),
        };
    }
    for (class, wait) in other.longest_waits_ns {
        let longest = to.longest_waits_ns.entry(class).or_default();
        *longest = wait.max(*longest);
    }
    to.recovery_ns = to.recovery_ns.max(other.recovery_ns);
    to.samples.clear();
    to.quiescence = sum(&to.quiescence, &other.quiescence);
}

fn longer(one: Latency, other: Latency) -> Latency {
    Latency {
        p50: one.p50.max(other.p50),
        p99: one.p99.max(other.p99),
        p999: one.p999.max(other.p999),
        max: one.max.max(other.max),
    }
}

fn sum(one: &Quiescence, other: &Quiescence) -> Quiescence {
    Quiescence {
        live_buffers: one.live_buffers + other.live_buffers,
        parked: one.parked + other.parked,
        handed_over: one.handed_over + other.handed_over,
        dirty_pages: one.dirty_pages + other.dirty_pages,
        locked_bytes_stated: one.locked_bytes_stated + other.locked_bytes_stated,
        locked_bytes_measured: one.locked_bytes_measured + other.locked_bytes_measured,
        mappings_stated: one.mappings_stated + other.mappings_stated,
        mappings_measured: one.mappings_measured + other.mappings_measured,
    }
}

fn add_lock(to: &mut LockUse, other: LockUse) {
    to.acquired += other.acquired;
    to.contended += other.contended;
    to.failed += other.failed;
    to.timed_out += other.timed_out;
    to.wait_ns = all_times(to.wait_ns, other.wait_ns);
    to.hold_ns = all_times(to.hold_ns, other.hold_ns);
}

fn all_times(one: LockTimes, other: LockTimes) -> LockTimes {
    LockTimes {
        timed: one.timed + other.timed,
        p50: one.p50.max(other.p50),
        p99: one.p99.max(other.p99),
        max: one.max.max(other.max),
    }
}
