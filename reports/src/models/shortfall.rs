//! What stands against a pass of the models.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Coverage, ModelsRun, Site};

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
    /// A model waited at a site under a class that the site's row does not let it.
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
    /// A model of the baseline did not pass, or is no more.
    Missing {
        /// The model.
        model: String,
    },
    /// A model that the baseline does not know, and so has no floor.
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
    /// Which models reach an outcome has changed since the baseline was written.
    CoverageChanged {
        /// The site.
        site: String,
    },
}

/// What cures a baseline that a change made old.
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
                "no model waits at {wanted} while it holds {class}: write one, or narrow what the site may hold"
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
                write!(f, "{model} did not pass or is no more; if it was removed on purpose, {REFRESH}")
            }
            Self::NoFloor { model } => write!(f, "{model} is not in the baseline: {REFRESH}"),
            Self::Smaller { model, executions, floor } => {
                write!(f, "{model} has become smaller: {executions} executions, at least {floor} expected")
            }
            Self::CoverageChanged { site } => {
                write!(f, "the outcomes of {site} are reached by other models than the baseline says: {REFRESH}")
            }
        }
    }
}

impl ModelsRun {
    /// Everything that stands against a pass, sorted. Recomputed from the figures alone.
    pub fn shortfalls(&self) -> Vec<Shortfall> {
        let mut found: BTreeSet<Shortfall> = BTreeSet::new();
        found.extend(self.outcomes());
        found.extend(self.edges());
        found.extend(self.floors());
        found.extend(self.coverage_changes());
        found.into_iter().collect()
    }

    /// [`Verdict::Pass`](super::Verdict::Pass) if nothing stands against it.
    pub fn computed_verdict(&self) -> super::Verdict {
        if self.shortfalls().is_empty() { super::Verdict::Pass } else { super::Verdict::Fail }
    }

    /// The names of the models that reached an outcome of a site.
    pub fn reached_by(&self, site: &str, outcome: &str) -> Vec<&str> {
        let reaches = |seen: &super::OutcomeSeen| seen.site == site && seen.outcome == outcome;
        self.models.iter().filter(|model| model.outcomes.iter().any(reaches)).map(|model| &*model.name).collect()
    }

    /// The names of the models that waited at a site under a class of lock.
    pub fn waited_by(&self, class: &str, wanted: &str) -> Vec<&str> {
        let classes = self.classes();
        let waited = |seen: &super::EdgeSeen| seen.wanted == wanted && classes.get(&*seen.held) == Some(&class);
        self.models.iter().filter(|model| model.edges.iter().any(waited)).map(|model| &*model.name).collect()
    }

    /// For each outcome of each site that was reached, the two smallest models that do. Not more: a new model should not
    /// change what the baseline says of all others.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::new();
        for site in &self.sites {
            for outcome in &site.outcomes {
                let by = self.quickest(&self.reached_by(&site.name, outcome));
                if !by.is_empty() {
                    let two = by.into_iter().take(2).map(str::to_owned).collect();
                    coverage.entry(site.name.clone()).or_default().insert(outcome.clone(), two);
                }
            }
        }
        coverage
    }

    /// These models, the one with the fewest executions first.
    pub(super) fn quickest<'a>(&'a self, names: &[&str]) -> Vec<&'a str> {
        let mut models: Vec<_> = self.models.iter().filter(|model| names.contains(&&*model.name)).collect();
        models.sort_by_key(|model| (model.executions, &model.name));
        models.into_iter().map(|model| &*model.name).collect()
    }

    /// The model with the fewest executions among those that show something: one is enough to look at.
    fn smallest(&self, shows: impl Fn(&super::Model) -> bool) -> String {
        let shown = self.models.iter().filter(|model| shows(model)).min_by_key(|model| (model.executions, &model.name));
        shown.map_or_else(String::new, |model| model.name.clone())
    }

    fn classes(&self) -> BTreeMap<&str, &str> {
        self.sites.iter().map(|site| (&*site.name, &*site.class)).collect()
    }

    fn site(&self, name: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.name == name)
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
                let reaches = |it: &super::OutcomeSeen| it.site == site && it.outcome == outcome;
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
