//! The verdict of a stress run, recomputed from the figures.

use crate::schema::record::{Judgement, Record};
use crate::schema::stress::run::{Partial, Quiescence, SCHEMA, StressRun, Verdict};

/// One reason why a run is not a pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Shortfall {
    /// Nothing ran, so the run shows nothing.
    #[error("no scenario ran")]
    NoScenarios,
    /// Guarantees were broken.
    #[error("{scenario}: {count} violation{}", if *count == 1 { "" } else { "s" })]
    Violations {
        /// The scenario.
        scenario: String,
        /// How many times.
        count: usize,
    },
    /// The scenario completed no operation, so it shows nothing.
    #[error("{scenario}: no operation completed")]
    NoOperations {
        /// The scenario.
        scenario: String,
    },
    /// The scenario exists to provoke a degraded outcome and never did, so its fallback path went untested.
    #[error("{scenario}: exists to provoke {kind}, which never occurred")]
    NotProvoked {
        /// The scenario.
        scenario: String,
        /// The kind of degraded outcome.
        kind: String,
    },
    /// Something was left behind when every thread had ended.
    #[error("{scenario}: not at rest: {left}")]
    NotQuiescent {
        /// The scenario.
        scenario: String,
        /// What was left, in words.
        left: String,
    },
    /// Of several joined runs, one did not pass.
    #[error("the run of seed {seed}: {verdict}: {reasons}")]
    Run {
        /// Its seed.
        seed: u64,
        /// Its verdict.
        verdict: Verdict,
        /// What its figures show against a pass.
        reasons: String,
    },
    /// The run ended before its time. What an unfinished scenario must do counts only if it could have gone on.
    #[error("partial: the run ended early: {ended_by}; unfinished: {unfinished}")]
    Partial {
        /// What ended the run.
        ended_by: String,
        /// The scenarios that did not run to their end.
        unfinished: String,
    },
}

impl StressRun {
    /// Everything in the scenarios that counts against a pass, in their order. Empty means pass.
    pub fn shortfalls(&self) -> Vec<Shortfall> {
        let mut found = Vec::new();
        let unfinished = self.partial.as_ref().map_or(&[][..], |partial| &partial.unfinished);
        if let Some(Partial { ended_by, unfinished }) = &self.partial {
            let unfinished = if unfinished.is_empty() { "none".to_owned() } else { unfinished.join(", ") };
            found.push(Shortfall::Partial { ended_by: ended_by.clone(), unfinished });
        } else if self.scenarios.is_empty() {
            found.push(Shortfall::NoScenarios);
        }
        for failed in &self.failed_runs {
            let reasons = failed.reasons.join("; ");
            found.push(Shortfall::Run { seed: failed.seed, verdict: failed.verdict, reasons });
        }
        for scenario in &self.scenarios {
            let name = || scenario.name.clone();
            if scenario.failed() {
                found.push(Shortfall::Violations { scenario: name(), count: scenario.violations.len() });
            }
            let finished = !unfinished.contains(&scenario.name);
            if finished && scenario.ops == 0 {
                found.push(Shortfall::NoOperations { scenario: name() });
            }
            for kind in scenario.expected_degraded.iter().filter(|_| finished) {
                if scenario.degraded.get(kind).is_none_or(|&seen| seen == 0) {
                    found.push(Shortfall::NotProvoked { scenario: name(), kind: kind.clone() });
                }
            }
            for left in scenario.quiescence.left() {
                found.push(Shortfall::NotQuiescent { scenario: name(), left });
            }
        }
        found
    }

    /// The verdict that the scenarios support: [`Verdict::Pass`] if [`StressRun::shortfalls`] is empty,
    /// [`Verdict::Interrupted`] if they only say that runs ended early, else [`Verdict::Fail`].
    ///
    /// It is never `Stall` or `Unfit`. Only the run itself knows of those, and its figures do not show them.
    pub fn computed_verdict(&self) -> Verdict {
        match self.shortfalls().as_slice() {
            [] => Verdict::Pass,
            some if some.iter().all(Shortfall::is_early_end) => Verdict::Interrupted,
            _ => Verdict::Fail,
        }
    }
}

impl Shortfall {
    fn is_early_end(&self) -> bool {
        matches!(self, Self::Partial { .. } | Self::Run { verdict: Verdict::Interrupted, .. })
    }
}

impl Record for StressRun {
    const NAME: &'static str = "stress";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        let shortfalls: Vec<String> = self.shortfalls().iter().map(Shortfall::to_string).collect();
        let agrees = match self.verdict {
            stated @ (Verdict::Pass | Verdict::Fail | Verdict::Interrupted) => stated == self.computed_verdict(),
            Verdict::Stall | Verdict::Unfit => true,
        };
        Judgement { stated: self.verdict.to_string(), agrees, shortfalls }
    }
}

impl Quiescence {
    /// Whether nothing was left, and memguard's counts are the kernel's.
    pub fn is_clean(&self) -> bool {
        self.left().is_empty()
    }

    /// What was left, one phrase each.
    fn left(&self) -> Vec<String> {
        let remaining = [
            (self.live_buffers, "live buffers"),
            (self.parked, "parked registrations"),
            (self.handed_over, "wipes handed over and not done"),
            (self.dirty_pages, "pages not zeroed"),
        ]
        .into_iter()
        .filter(|&(n, _)| n != 0)
        .map(|(n, what)| format!("{n} {what}"));
        let differing = [
            (self.locked_bytes_stated, self.locked_bytes_measured, "locked bytes"),
            (self.mappings_stated, self.mappings_measured, "mappings"),
        ]
        .into_iter()
        .filter(|(stated, measured, _)| stated != measured)
        .map(|(stated, measured, what)| format!("{stated} {what} stated, {measured} measured"));
        remaining.chain(differing).collect()
    }
}
