//! The verdict of a run of the models, recomputed from the figures.

use std::collections::BTreeSet;

use crate::schema::models::run::{ModelsRun, OutcomeSeen, SCHEMA};
use crate::schema::record::{Judgement, Record};
use crate::schema::verdict::Verdict;

/// How to bring the baseline up to date.
const REFRESH: &str = "review it, then MEMGUARD_REFRESH=1 cargo models";

/// One reason why a run of the models is not a pass. `Display` says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Shortfall {
    /// A site's row lists an outcome that no model reached.
    #[error("no model reaches '{outcome}' at {site}: write one, or take it out of the site's row")]
    NotReached {
        /// The site.
        site: String,
        /// The outcome.
        outcome: String,
    },
    /// A model reached an outcome that the site's row does not list.
    #[error("{model} reaches '{outcome}' at {site}, which the site's row does not list")]
    NotListed {
        /// The site.
        site: String,
        /// The outcome.
        outcome: String,
        /// The smallest model that reached it.
        model: String,
    },
    /// An edge that the committed lock graph does not have.
    #[error("{model} waits at {wanted} under a lock taken at {held}, a new edge: {REFRESH}", REFRESH = REFRESH)]
    EdgeNotReviewed {
        /// Where the held lock had been taken.
        held: String,
        /// The site that waited.
        wanted: String,
        /// The model.
        model: String,
    },
    /// The committed lock graph has an edge that no model showed.
    #[error("no model waits at {wanted} under a lock taken at {held} any more: {REFRESH}", REFRESH = REFRESH)]
    EdgeGone {
        /// Where the held lock would be taken.
        held: String,
        /// The site that would wait.
        wanted: String,
    },
    /// A model of the baseline did not pass, or no longer exists.
    #[error("{model} did not pass or no longer exists; if it was removed on purpose, {REFRESH}", REFRESH = REFRESH)]
    Missing {
        /// The model.
        model: String,
    },
    /// The baseline does not have this model, so the model has no floor.
    #[error("{model} is not in the baseline: {REFRESH}", REFRESH = REFRESH)]
    NoFloor {
        /// The model.
        model: String,
    },
    /// A model had fewer executions than its floor.
    #[error("{model} has become smaller: {executions} executions, at least {floor} expected")]
    Smaller {
        /// The model.
        model: String,
        /// How many it had.
        executions: u64,
        /// How many it must have.
        floor: u64,
    },
    /// Other models reach an outcome than when the baseline was written.
    #[error("other models reach the outcomes of {site} than the baseline says: {REFRESH}", REFRESH = REFRESH)]
    CoverageChanged {
        /// The site.
        site: String,
    },
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
        let all = [self.outcomes(), self.edges(), self.floors(), self.coverage_changes()];
        all.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect()
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
        let mut seen = BTreeSet::new();
        for edge in self.models.iter().flat_map(|model| &model.edges) {
            let pair = [edge.held.clone(), edge.wanted.clone()];
            if !seen.insert(pair.clone()) {
                continue;
            }
            if !self.baseline.lock_graph.contains(&pair) {
                let (held, wanted) = (edge.held.clone(), edge.wanted.clone());
                let model = self.smallest(|model| model.edges.iter().any(|it| it.held == held && it.wanted == wanted));
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
