//! The fields of a run of the loom models.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::schema::host::Host;
use crate::schema::verdict::Verdict;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-models/2";

/// One run of all models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line.
    pub command: Vec<String>,
    /// The commit the models were built from, as [`crate::commit::describe`] gives it.
    pub commit: String,
    /// The machine.
    pub host: Host,
    /// When the run began, in seconds since 1970 UTC.
    pub started_unix_s: u64,
    /// How long the whole run took.
    pub duration_s: f64,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// The table of sites: the outcomes that must be seen. No others may be seen.
    pub sites: Vec<Site>,
    /// What the committed baseline expects.
    pub baseline: Baseline,
    /// The models that passed, in the order in which they ran.
    pub models: Vec<Model>,
}

/// A place in the source that acquires a lock: a row of the library's table of sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The class of its lock.
    pub class: String,
    /// The outcomes that an acquisition here can have. A model must show each.
    pub outcomes: Vec<String>,
}

/// What a run is compared with. It is committed, so that every change of it is reviewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Every model by name.
    pub models: BTreeMap<String, Expected>,
    /// The lock graph. An edge `[a, b]`: site `b` waits while a lock that was taken at site `a` is held.
    pub lock_graph: Vec<[String; 2]>,
    /// For each outcome of each site, which models reach it.
    pub coverage: Coverage,
}

/// For each outcome of each site, the two models with the fewest executions that reach it, or the only one.
pub type Coverage = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// What the baseline says of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// A model with fewer executions than this has become trivial.
    pub floor: u64,
    /// How many executions it had when the baseline was written.
    pub executions: u64,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Family and name.
    pub name: String,
    /// How many schedules it ran.
    pub executions: u64,
    /// How long it took.
    pub seconds: f64,
    /// How many times a thread may be preempted in one execution. `null` is any number: the model is exhaustive.
    pub bound: Option<usize>,
    /// What a timed acquisition does when it must wait: `strict` waits for ever, `expires` gives up.
    pub timed: String,
    /// How often each site had each outcome.
    pub outcomes: Vec<OutcomeSeen>,
    /// How often each site waited under a lock of each other site.
    pub edges: Vec<EdgeSeen>,
    /// How often each branch of the model itself was taken.
    pub saw: BTreeMap<String, u64>,
}

/// An outcome of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeSeen {
    /// The site.
    pub site: String,
    /// The outcome.
    pub outcome: String,
    /// In how many acquisitions, over all executions.
    pub count: u64,
    /// Where it was seen first.
    pub first: Witness,
}

/// A lock waited for while another was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeSeen {
    /// The site at which the held lock had been taken.
    pub held: String,
    /// The site that waited.
    pub wanted: String,
    /// How often, over all executions.
    pub count: u64,
    /// Where it was seen first.
    pub first: Witness,
}

/// The schedule that first showed something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Which execution, from 1.
    pub execution: u64,
    /// The threads that took locks up to then, in order. Consecutive locks of one thread are one turn. 0 is the model's
    /// main thread. Other threads are numbered in the order of their start. -1 is a thread that the library started.
    pub turns: Vec<i32>,
}
