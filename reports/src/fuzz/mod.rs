//! Fuzzing: what the scripts of `fuzz/` record, the summary made of it, and the page `fuzz.md`.
//!
//! Three scripts fill in one part each: a campaign over all targets, the planted bugs, the line coverage. Each leaves a folder of plain
//! files, *records*; [`Part::collect`] turns such a folder into its part of the summary and leaves the other parts alone.

mod campaign;
mod coverage;
mod lcov;
mod page;
mod planted;
mod records;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use campaign::{Campaign, Target};
pub use coverage::{Coverage, Module};
pub use lcov::Lines;
pub use page::render;
pub use planted::{Attempt, Planted, PlantedBug, Replays};
pub use records::Origin;

use crate::{ReportError, file};

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-fuzz/2";

/// The latest of each part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuzzSummary {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// All targets, for some time each.
    pub campaign: Option<Campaign>,
    /// How long each target needs to find its planted bug.
    pub planted: Option<Planted>,
    /// What tests and targets together execute of the library.
    pub coverage: Option<Coverage>,
}

/// One of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// [`FuzzSummary::campaign`].
    Campaign,
    /// [`FuzzSummary::planted`].
    Planted,
    /// [`FuzzSummary::coverage`].
    Coverage,
}

impl Part {
    /// Makes this part anew of the records in `records` and writes it into the summary at `summary`, which need not exist.
    /// Returns what is wrong by the part's own figures, one sentence each.
    ///
    /// # Errors
    ///
    /// [`ReportError::Record`] if a record is not as the script leaves it, those of [`load`] for the summary that is there, and
    /// those of [`crate::write_atomically`].
    pub fn collect(self, records: &Path, summary: &Path) -> Result<Vec<String>, ReportError> {
        let mut all = if summary.exists() { load(summary)? } else { FuzzSummary::empty() };
        let wrong = match self {
            Self::Campaign => all.campaign.insert(Campaign::collect(records)?).shortfalls(),
            Self::Planted => all.planted.insert(Planted::collect(records)?).shortfalls(),
            Self::Coverage => all.coverage.insert(Coverage::collect(records)?).shortfalls(),
        };
        let json = serde_json::to_string_pretty(&all)
            .map_err(|cause| ReportError::Malformed { path: summary.to_owned(), cause })?;
        crate::write_atomically(summary, &(json + "\n"))?;
        Ok(wrong)
    }
}

impl FuzzSummary {
    fn empty() -> Self {
        Self { schema: SCHEMA.to_owned(), campaign: None, planted: None, coverage: None }
    }

    /// What is wrong by the figures, one sentence each. A part that was not run is not wrong; the page says that it is missing.
    pub fn shortfalls(&self) -> Vec<String> {
        let parts = [
            self.campaign.as_ref().map(Campaign::shortfalls),
            self.planted.as_ref().map(Planted::shortfalls),
            self.coverage.as_ref().map(Coverage::shortfalls),
        ];
        parts.into_iter().flatten().flatten().collect()
    }
}

/// Loads a summary.
///
/// # Errors
///
/// [`ReportError::Read`], [`ReportError::UnknownSchema`] or [`ReportError::Malformed`].
pub fn load(path: &Path) -> Result<FuzzSummary, ReportError> {
    from_json(path, &file::read(path)?)
}

/// The page for the raw text `json`, which came from `path`.
pub(crate) fn page_of(path: &Path, json: &str) -> Result<String, ReportError> {
    from_json(path, json).map(|summary| render(&summary))
}

fn from_json(path: &Path, json: &str) -> Result<FuzzSummary, ReportError> {
    let found = file::schema_of(path, json)?;
    if found.as_deref() != Some(SCHEMA) {
        return Err(ReportError::UnknownSchema { path: path.to_owned(), found, known: vec![SCHEMA] });
    }
    file::parse(path, json)
}
