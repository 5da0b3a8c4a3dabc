//! Runs of `cargo verify`: what each step showed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::provenance::Provenance;
use crate::schema::record::{Judgement, Record};
use crate::units;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-verify/1";

/// One run of `cargo verify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where and when.
    pub provenance: Provenance,
    /// How long the whole run took.
    pub duration_s: f64,
    /// The stated verdict. [`crate::load`] compares it with the steps.
    pub verdict: Verdict,
    /// The signal that ended the run before its time.
    pub ended_by: Option<String>,
    /// Every step, in the order in which they run. Those that nobody asked for are here too.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, as `--only` takes it.
    pub name: String,
    /// What it shows when it passes.
    pub shows: String,
    /// The guarantees or the gate that it serves.
    pub serves: String,
    /// Its commands, each as a line for a shell.
    pub commands: Vec<String>,
    /// Whether this run was asked for the step.
    pub asked_for: bool,
    /// How it ended.
    pub state: State,
    /// How long it took.
    pub duration_s: f64,
    /// What its output must count. A pass needs each of them, and none may be 0.
    pub figures: Vec<Figure>,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// The file with all its output, beside the record.
    pub log: Option<String>,
    /// If it did not pass: the end of its output, and the beginning of the first failure in it.
    pub last_lines: Vec<String>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
// Exhaustive: a reader of the record must know all of them.
pub enum State {
    /// Every command succeeded, and every figure was there.
    Pass,
    /// A command failed, or a figure was missing or 0.
    Fail,
    /// The machine lacks what the step needs.
    Unfit,
    /// A signal ended it.
    Interrupted,
    /// It did not run.
    NotRun,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unfit => "unfit",
            Self::Interrupted => "interrupted",
            Self::NotRun => "not run",
        })
    }
}

/// What a step counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// How many. `None` if the output did not say.
    pub count: Option<u64>,
    /// Of what.
    pub unit: String,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            Some(count) => write!(f, "{} {}", units::count(count), self.unit),
            None => write!(f, "no {}", self.unit),
        }
    }
}

impl Figure {
    /// Whether something was counted.
    pub fn is_there(&self) -> bool {
        self.count.is_some_and(|count| count > 0)
    }
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
// Exhaustive: a reader of the record must know all of them.
pub enum Verdict {
    /// Every step that was asked for passed.
    Pass,
    /// A step failed, or nothing ran.
    Fail,
    /// The machine lacks what a step needs, and no step failed.
    Unfit,
    /// A signal ended the run, and until then no step failed.
    Interrupted,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unfit => "unfit",
            Self::Interrupted => "interrupted",
        })
    }
}

impl VerifyRun {
    /// The verdict that the steps support. If several apply, a failure comes first.
    pub fn computed_verdict(&self) -> Verdict {
        let has = |state| self.steps.iter().any(|step| step.state == state);
        if has(State::Fail) || self.steps.iter().any(Step::passes_without_a_figure) {
            Verdict::Fail
        } else if has(State::Interrupted) || self.ended_by.is_some() {
            Verdict::Interrupted
        } else if has(State::Unfit) {
            Verdict::Unfit
        } else if self.shortfalls().is_empty() {
            Verdict::Pass
        } else {
            Verdict::Fail
        }
    }

    /// The reasons against a pass.
    pub fn shortfalls(&self) -> Vec<String> {
        let asked_for = self.steps.iter().filter(|step| step.asked_for);
        let mut shortfalls: Vec<String> = asked_for.filter_map(Step::shortfall).collect();
        if let Some(signal) = &self.ended_by {
            shortfalls.push(format!("{signal} ended the run"));
        }
        if !self.steps.iter().any(|step| step.state == State::Pass) {
            shortfalls.push("no step passed, so nothing was verified".to_owned());
        }
        shortfalls
    }
}

impl Step {
    fn passes_without_a_figure(&self) -> bool {
        self.state == State::Pass && !self.figures.iter().all(Figure::is_there)
    }

    fn shortfall(&self) -> Option<String> {
        let reason = match self.state {
            State::Pass if self.passes_without_a_figure() => "it passes, but it counted nothing",
            State::Pass => return None,
            State::NotRun if self.reason.is_none() => return Some(format!("{}: not run", self.name)),
            _ => self.reason.as_deref().unwrap_or("the record gives no reason"),
        };
        Some(format!("{}: {}: {reason}", self.name, self.state))
    }
}

impl Record for VerifyRun {
    const NAME: &'static str = "verify";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        Judgement {
            stated: self.verdict.to_string(),
            agrees: self.verdict == self.computed_verdict(),
            shortfalls: self.shortfalls(),
        }
    }
}
