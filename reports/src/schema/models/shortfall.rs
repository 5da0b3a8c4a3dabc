//! The verdict of a run of the models, recomputed from the figures.

use std::collections::BTreeSet;
use std::fmt;

use crate::schema::models::run::{ModelsRun, OutcomeSeen, SCHEMA};
use crate::schema::record::{Judgement, Record};
use crate::schema::verdict::Verdict;

/// One reason why a run of the models is not a pass. `Display` says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Shortfall {
    /// A site's row lists an outcome that no model reached.
    NotReached {
        /// The site.
        site: String,
        /// The outcome.
        outcome: String,
    },
    /// A model reached an outcome that the site's row does not list.
    NotListed {
        /// The site.
        site: String,
        /// The outcome.
        outcome: String,
        /// The smallest model that reached it.
        model: String,
    },
    /// The order lets a site wait under a class of lock, and no model showed it do so.
    EdgeNeverSeen {
        /// The class that may be held.
        class: String,
        /// The site.
        wanted: String,
    },
    /// A model waited at a site under a class that the site's row does not list.
    EdgeNotAllowed {
        /// Where the held lock had been taken.
        held: String,
        /// The site that waited.
        wanted: String,
        /// The model.
        model: String,
    },
    /// An edge that the committed lock graph does not have.
    EdgeNotReviewed {
        /// Where the held lock had been taken.
        held: String,
        /// The site that waited.
        wanted: String,
        /// The model.
        model: String,
    },
    /// The committed lock graph has an edge that no model showed.
    EdgeGone {
        /// Where the held lock would be taken.
        held: String,
        /// The site that would wait.
        wanted: String,
    },
    /// A model of the baseline did not pass, or no longer exists.
    Missing {
        /// The model.
        model: String,
    },
    /// The baseline does not have this model, so the model has no floor.
    NoFloor {
        /// The model.
        model: String,
    },
    /// A model had fewer executions than its floor.
    Smaller {
        /// The model.
        model: String,
        /// How many it had.
        executions: u64,
        /// How many it must have.
        floor: u64,
    },
    /// Other models reach an outcome than when the baseline was written.
    CoverageChanged {
        /// The site.
        site: String,
    },
}

/// How to bring the baseline up to date.
const REFRESH: &str = "review it, then MEMGUARD_REFRESH=1 cargo models";

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached { site, outcome } => {
                write!(f, "no model reaches '{outcome}' at {site}: write one, or take it out of the site's row")
            }
            Self::NotListed { site, outcome, model } => {
                write!(f, "{model} reaches '{outcome}' at {site}, which the site's row does not list")
            }
            Self::EdgeNeverSeen { class, wanted } => write!(
                f,
                "no model waits at {wanted} while it holds {class}: write one, or take {class} out of the site's row"
            ),
            Self::EdgeNotAllowed { held, wanted, model } => {
                write!(f, "{model} waits at {wanted} under a lock taken at {held}, which the order does not allow")
            }
            Self::EdgeNotReviewed { held, wanted, model } => {
                write!(f, "{model} waits at {wanted} under a lock taken at {held}, a new edge: {REFRESH}")
            }
            Self::EdgeGone { held, wanted } => {
                write!(f, "no model waits at {wanted} under a lock taken at {held} any more: {REFRESH}")
            }
            Self::Missing { model } => {
                write!(f, "{model} did not pass or no longer exists; if it was removed on purpose, {REFRESH}")
            }
            Self::NoFloor { model } => write!(f, "{model} is not in the baseline: {REFRESH}"),
            Self::Smaller { model, executions, floor } => {
                write!(f, "{model} has become smaller: {executions} executions, at least {floor} expected")
            }
            Self::CoverageChanged { site } => {
                write!(f, "other models reach the outcomes of {site} than the baseline says: {REFRESH}")
            }
        }
    }
}

impl Record for ModelsRun {
    const NAME: &'static str = "models";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        self.verdict.judged(self.shortfalls().iter().map(Shortfall::to_string).collect())
    }
}

impl ModelsRun {
    /// Everything that counts against a pass, sorted. It is computed from the figures alone.
    pub fn shortfalls(&self) -> Vec<Shortfall> {
        let mut found: BTreeSet<Shortfall> = BTreeSet::new();
        found.extend(self.outcomes());
        found.extend(self.edges());
        found.extend(self.floors());
        found.extend(self.coverage_changes());
        found.into_iter().collect()
    }

    /// The verdict that the figures support: [`Verdict::Pass`] if [`ModelsRun::shortfalls`] is empty.
    pub fn computed_verdict(&self) -> Verdict {
        Verdict::of(&self.shortfalls())
    }

    fn outcomes(&self) -> Vec<Shortfall> {
        let mut found = Vec::new();
        for site in &self.sites {
            for outcome in &site.outcomes {
                if self.reached_by(&site.name, outcome).is_empty() {
                    found.push(Shortfall::NotReached { site: site.name.clone(), outcome: outcome.clone() });
                }
            }
        }
        for seen in self.models.iter().flat_map(|model| &model.outcomes) {
            if !self.site(&seen.site).is_some_and(|site| site.outcomes.contains(&seen.outcome)) {
                let (site, outcome) = (seen.site.clone(), seen.outcome.clone());
                let reaches = |it: &OutcomeSeen| it.site == site && it.outcome == outcome;
                let model = self.smallest(|model| model.outcomes.iter().any(reaches));
                found.push(Shortfall::NotListed { site, outcome, model });
            }
        }
        found
    }

    fn edges(&self) -> Vec<Shortfall> {
        let mut found = Vec::new();
        for site in &self.sites {
            for class in &site.waits_under {
                if self.waited_by(class, &site.name).is_empty() {
                    found.push(Shortfall::EdgeNeverSeen { class: class.clone(), wanted: site.name.clone() });
                }
            }
        }
        let classes = self.classes();
        let mut seen = BTreeSet::new();
        for edge in self.models.iter().flat_map(|model| &model.edges) {
            let pair = [edge.held.clone(), edge.wanted.clone()];
            if !seen.insert(pair.clone()) {
                continue;
            }
            let (held, wanted) = (edge.held.clone(), edge.wanted.clone());
            let model = self.smallest(|model| model.edges.iter().any(|it| it.held == held && it.wanted == wanted));
            let allowed = classes.get(&*held).is_some_and(|&class| {
                self.site(&wanted).is_some_and(|site| site.waits_under.iter().any(|under| under == class))
            });
            if !allowed {
                found.push(Shortfall::EdgeNotAllowed { held, wanted, model });
            } else if !self.baseline.lock_graph.contains(&pair) {
                found.push(Shortfall::EdgeNotReviewed { held, wanted, model });
            }
        }
        let gone = self.baseline.lock_graph.iter().filter(|pair| !seen.contains(*pair));
        found.extend(gone.map(|[held, wanted]| Shortfall::EdgeGone { held: held.clone(), wanted: wanted.clone() }));
        found
    }

    fn coverage_changes(&self) -> Vec<Shortfall> {
        let now = self.coverage();
        let before = &self.baseline.coverage;
        let sites: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
        let changed = sites.into_iter().filter(|&site| now.get(site) != before.get(site));
        changed.map(|site| Shortfall::CoverageChanged { site: site.clone() }).collect()
    }

    fn floors(&self) -> Vec<Shortfall> {
        let mut found = Vec::new();
        for name in self.baseline.models.keys() {
            if !self.models.iter().any(|model| model.name == *name) {
                found.push(Shortfall::Missing { model: name.clone() });
            }
        }
        for model in &self.models {
            let (name, executions) = (model.name.clone(), model.executions);
            match self.baseline.models.get(&name) {
                None => found.push(Shortfall::NoFloor { model: name }),
                Some(expected) if executions < expected.floor => {
                    found.push(Shortfall::Smaller { model: name, executions, floor: expected.floor });
                }
                Some(_) => {}
            }
        }
        found
    }
}
