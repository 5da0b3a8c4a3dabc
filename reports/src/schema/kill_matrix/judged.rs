//! What the findings amount to.

use std::collections::BTreeMap;

use crate::schema::kill_matrix::bug::Bug;
use crate::schema::kill_matrix::detector::Detector;
use crate::schema::kill_matrix::run::{KillMatrix, SCHEMA};
use crate::schema::kill_matrix::verdict::Verdict;
use crate::schema::record::{Judgement, Record};

/// What is known of one bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Enough detectors noticed it.
    Killed,
    /// It is a bug of locks, and only one detector noticed it. All have run.
    Weak,
    /// No detector noticed it. All have run.
    Survived,
    /// Not enough detectors noticed it, and some have not run.
    Open,
    /// Its patch does not fit the code any more.
    Stale,
}

/// A model, and the bugs that made its own oracle fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelKills<'r> {
    /// The model.
    pub model: &'r str,
    /// The names of the bugs.
    pub bugs: Vec<&'r str>,
}

impl KillMatrix {
    /// The detectors that decide about a bug: those that this machine has. One that runs only on demand takes part once
    /// it ran.
    pub fn deciding(&self) -> impl Iterator<Item = Detector> {
        let has_run = |detector| self.controls.iter().any(|control| control.detector == detector);
        let is_absent = |detector| self.absent.iter().any(|absent| absent.detector == detector);
        Detector::ALL
            .into_iter()
            .filter(move |&detector| if detector.is_on_demand() { has_run(detector) } else { !is_absent(detector) })
    }

    /// What is known of a bug of this record.
    pub fn standing(&self, bug: &Bug) -> Standing {
        let has_run = |detector| bug.finding(detector).is_some() || !bug.concerns(detector);
        match bug.kills().count() {
            _ if !bug.applies => Standing::Stale,
            kills if kills >= bug.wanted() => Standing::Killed,
            _ if !self.deciding().all(has_run) => Standing::Open,
            0 => Standing::Survived,
            _ => Standing::Weak,
        }
    }

    /// The names of the bugs of this standing.
    pub fn named(&self, standing: Standing) -> Vec<&str> {
        self.bugs.iter().filter(|bug| self.standing(bug) == standing).map(|bug| &*bug.name).collect()
    }

    /// The verdict that the findings support.
    pub fn computed_verdict(&self) -> Verdict {
        if !self.failures().is_empty() {
            Verdict::Fail
        } else if self.named(Standing::Open).is_empty() {
            Verdict::Pass
        } else {
            Verdict::Incomplete
        }
    }

    /// Everything that counts against a pass, one phrase each.
    pub fn shortfalls(&self) -> Vec<String> {
        let open = match self.named(Standing::Open).len() {
            0 => None,
            1 => Some("1 bug is not decided: detectors did not run on it".to_owned()),
            open => Some(format!("{open} bugs are not decided: detectors did not run on them")),
        };
        self.failures().into_iter().chain(open).collect()
    }

    fn failures(&self) -> Vec<String> {
        if self.bugs.is_empty() {
            return vec!["no bug was planted".to_owned()];
        }
        let mut failures: Vec<String> = self
            .controls
            .iter()
            .filter(|control| control.is_kill())
            .map(|control| format!("{} fails without a bug", control.detector))
            .collect();
        failures.extend(self.bugs.iter().filter_map(|bug| {
            let name = &bug.name;
            match self.standing(bug) {
                Standing::Survived => Some(format!("no detector noticed {name}")),
                Standing::Weak => Some(format!("only one detector noticed {name}, which is a bug of locks")),
                Standing::Stale => Some(format!("{name} does not fit the code any more")),
                Standing::Killed | Standing::Open => None,
            }
        }));
        failures
    }

    /// Each model, and the bugs that its own oracle noticed.
    pub fn model_kills(&self) -> Vec<ModelKills<'_>> {
        let mut kills: BTreeMap<&str, Vec<&str>> = self.models.iter().map(|model| (&**model, Vec::new())).collect();
        for bug in &self.bugs {
            for model in bug.finding(Detector::Loom).iter().flat_map(|found| &found.models) {
                kills.entry(model).or_default().push(&bug.name);
            }
        }
        kills.into_iter().map(|(model, bugs)| ModelKills { model, bugs }).collect()
    }
}

impl Record for KillMatrix {
    const NAME: &'static str = "kill-matrix";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        Judgement {
            stated: self.verdict.to_string(),
            agrees: self.verdict == self.computed_verdict(),
            shortfalls: self.shortfalls(),
        }
    }
}
