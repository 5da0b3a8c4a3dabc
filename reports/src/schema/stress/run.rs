//! The fields of a stress run.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::host::Host;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-stress/5";

/// One run of the stress binary.
///
/// Loading refuses unknown fields, here and below, so that no figure goes missing on the way to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StressRun {
    /// Always [`SCHEMA`].
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Fixes the operations of each thread. It does not fix how the threads interleave. Of joined runs, the first one.
    pub seed: u64,
    /// The seeds of all runs that were joined, in ascending order. Empty if this is one run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<u64>,
    /// The commit the binary was built from, as [`crate::commit::describe`] gives it.
    pub commit: String,
    /// The machine.
    pub host: Host,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// Threads asked for. A scenario may use another number.
    pub threads: usize,
    /// How long the whole run took.
    pub duration_s: f64,
    /// What the machine did without the library. Absent if the run ended before that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Why the run did not reach its end, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Partial>,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// Of joined runs, those that did not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_runs: Vec<FailedRun>,
    /// The scenarios, in the order they ran. Of joined runs: see [`StressRun::join`].
    pub scenarios: Vec<Scenario>,
    /// What threads did with locks, the most contended first.
    pub locks: Vec<LockUse>,
}

/// What the machine did without the library, before the first scenario. The bounds of contracts are multiples of it.
///
/// A turn is work as scenarios do it, by as many threads: a thread takes a lock that all want, gets memory from the
/// kernel, touches it and gives it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The longest turn, in nanoseconds, and at least 50 ms.
    pub turn_max_ns: u64,
    /// The median of a short hold of a lock, in nanoseconds, and at least 1 µs.
    pub hold_ns: u64,
    /// How many times as many turns as the slowest thread the fastest one had. Absent if one had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<u64>,
}

/// The report shows a part of what was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    /// What ended the run.
    pub ended_by: String,
    /// The scenarios that were planned and did not run to their end. Some may have run for a part of their time.
    pub unfinished: Vec<String>,
}

/// One of several joined runs, which did not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailedRun {
    /// Its seed.
    pub seed: u64,
    /// Its own verdict.
    pub verdict: Verdict,
    /// What its figures show against a pass, one phrase each.
    pub reasons: Vec<String>,
}

/// What the threads of a run did with the locks of one class at one place of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockUse {
    /// The class of the locks.
    pub class: String,
    /// Where they were asked for.
    pub place: String,
    /// How often one was taken.
    pub acquired: u64,
    /// How often a thread had to wait before it took it.
    pub contended: u64,
    /// How often a try failed.
    pub failed: u64,
    /// How often a wait ended at its timeout.
    pub timed_out: u64,
    /// How long threads waited.
    pub wait_ns: LockTimes,
    /// How long threads held one. One hold in 64 is timed.
    pub hold_ns: LockTimes,
}

/// How long something took, in nanoseconds. All are 0 if nothing was timed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockTimes {
    /// How many were timed.
    pub timed: u64,
    /// Half of them took at most this long.
    pub p50: u64,
    /// 99 of 100 took at most this long.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every guarantee held, and every expected outcome occurred.
    Pass,
    /// A guarantee was broken, or an expected outcome did not occur.
    Fail,
    /// Threads stopped making progress, and the run was ended.
    Stall,
    /// The run was ended before its time, and broke no guarantee until then.
    Interrupted,
    /// The machine could not run the scenarios. The run shows nothing either way.
    Unfit,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// One scenario: threads contend in one particular way until time is up. Then they end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Short name, unique in the run.
    pub name: String,
    /// What it is for, in one line.
    pub purpose: String,
    /// Operations completed by all threads together.
    pub ops: u64,
    /// Threads it ran.
    pub threads: usize,
    /// How long it ran.
    pub duration_s: f64,
    /// How often each degraded outcome occurred, by kind.
    pub degraded: BTreeMap<String, u64>,
    /// The kinds of degraded outcome that this scenario exists to provoke. If one did not occur, its fallback went
    /// untested.
    pub expected_degraded: Vec<String>,
    /// Broken guarantees.
    pub violations: Vec<Violation>,
    /// How long one operation took.
    pub latency_ns: Latency,
    /// The operations of each kind, by the name that the watchdog gives them too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Kind>,
    /// The longest wait for a lock of each class, in nanoseconds, if it was longer than any before this scenario.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub longest_waits_ns: BTreeMap<String, u64>,
    /// How long it took from the end of the last worker until the session was whole, checked and closed, in
    /// nanoseconds. Absent if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_ns: Option<u64>,
    /// How it went, about once a second and at the end of each phase.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// What was left when every thread had ended.
    pub quiescence: Quiescence,
}

/// How far a scenario was at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The moment, in seconds since the scenario began.
    pub at_s: f64,
    /// Operations completed until then.
    pub ops: u64,
    /// Degraded outcomes until then, of all kinds.
    pub degraded: u64,
    /// What the process had locked (`VmLck`), in bytes.
    pub locked_bytes: u64,
    /// How many mappings the process had.
    pub mappings: u64,
}

impl Scenario {
    /// Whether a guarantee was broken here. A scenario that did not fail can still fall short of a pass: see
    /// [`StressRun::shortfalls`].
    pub fn failed(&self) -> bool {
        !self.violations.is_empty()
    }
}

/// One broken guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// The name of the guarantee: ORDER, PROGRESS, WIPED, EXACT, CLEAN or VISIBLE.
    pub guarantee: String,
    /// What was seen. May have several lines.
    pub message: String,
}

/// How long one operation took, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the operations took at most this long.
    pub p50: u64,
    /// 99 of 100 took at most this long.
    pub p99: u64,
    /// 999 of 1000 took at most this long.
    pub p999: u64,
    /// The slowest one.
    pub max: u64,
}

/// The operations of one kind, with how long one of them took, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// How many were completed.
    pub ops: u64,
    /// Half of them took at most this long. This one and the next are at most a sixteenth too high.
    pub p50: u64,
    /// 999 of 1000 took at most this long.
    pub p999: u64,
    /// The slowest one.
    pub max: u64,
}

/// What was left when every thread of a scenario had ended.
///
/// *Stated* is what memguard counts. *Measured* is what the kernel says of the process, so that the library does not
/// judge itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiescence {
    /// Buffers still alive.
    pub live_buffers: u64,
    /// Registrations still parked.
    pub parked: u64,
    /// Wipes handed over and not yet done.
    pub handed_over: u64,
    /// Pages at rest that are not all zero.
    pub dirty_pages: u64,
    /// Locked bytes as memguard counts them.
    pub locked_bytes_stated: u64,
    /// Locked bytes as the kernel counts them.
    pub locked_bytes_measured: u64,
    /// Mappings as memguard counts them.
    pub mappings_stated: u64,
    /// Mappings as the kernel counts them.
    pub mappings_measured: u64,
}
