//! Questions about what the models of a run reached.

use crate::schema::models::run::{Coverage, Model, ModelsRun, OutcomeSeen, Site};

impl ModelsRun {
    /// The names of the models that reached an outcome of a site.
    pub fn reached_by(&self, site: &str, outcome: &str) -> Vec<&str> {
        let reaches = |seen: &OutcomeSeen| seen.site == site && seen.outcome == outcome;
        self.models.iter().filter(|model| model.outcomes.iter().any(reaches)).map(|model| &*model.name).collect()
    }

    /// For each outcome of each site that was reached, the two smallest models that reach it. More than two would make
    /// a new model change the baseline in many places.
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
    pub(crate) fn quickest<'a>(&'a self, names: &[&str]) -> Vec<&'a str> {
        let mut models: Vec<_> = self.models.iter().filter(|model| names.contains(&&*model.name)).collect();
        models.sort_by_key(|model| (model.executions, &model.name));
        models.into_iter().map(|model| &*model.name).collect()
    }

    /// The model with the fewest executions among those that show something.
    pub(super) fn smallest(&self, shows: impl Fn(&Model) -> bool) -> String {
        let shown = self.models.iter().filter(|model| shows(model)).min_by_key(|model| (model.executions, &model.name));
        shown.map_or_else(String::new, |model| model.name.clone())
    }

    /// The row of a site.
    pub(super) fn site(&self, name: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.name == name)
    }
}
