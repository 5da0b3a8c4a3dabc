//! The summary of all fuzzing. It has two parts. Two scripts of `fuzz/` measure one each.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::schema::error::ReportError;
use crate::schema::fuzz::campaign::Campaign;
use crate::schema::fuzz::coverage::Coverage;
use crate::schema::record::{self, Judgement, Record};
use crate::schema::verdict::Verdict;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-fuzz/4";

/// The latest measurement of each part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuzzSummary {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// All targets, for some time each.
    pub campaign: Option<Campaign>,
    /// Which lines of the library tests and targets together execute.
    pub coverage: Option<Coverage>,
}

/// One of the parts. The command line names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// All targets, for some time each
    Campaign,
    /// Which lines of the library tests and targets together execute
    Coverage,
}

impl Part {
    /// Reads the output of this part's script from `folder` and puts it into the record at `path`, which need not
    /// exist. The other parts of that record are kept. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`ReportError::Script`] if a file is not as the script leaves it, and those of [`crate::load`] for the record at
    /// `path`.
    pub fn collect(self, folder: &Path, path: &Path) -> Result<FuzzSummary, ReportError> {
        let mut all = if path.exists() { record::load(path)? } else { FuzzSummary::empty() };
        match self {
            Self::Campaign => all.campaign = Some(Campaign::collect(folder)?),
            Self::Coverage => all.coverage = Some(Coverage::collect(folder)?),
        }
        all.verdict = Verdict::of(&all.shortfalls());
        Ok(all)
    }
}

impl FuzzSummary {
    fn empty() -> Self {
        Self { schema: SCHEMA.to_owned(), verdict: Verdict::Fail, campaign: None, coverage: None }
    }

    /// What the figures of one part show against a pass, one phrase each. Empty if the part was not measured. The page
    /// says so.
    pub fn shortfalls_of(&self, part: Part) -> Vec<String> {
        let shortfalls = match part {
            Part::Campaign => self.campaign.as_ref().map(Campaign::shortfalls),
            Part::Coverage => self.coverage.as_ref().map(Coverage::shortfalls),
        };
        shortfalls.unwrap_or_default()
    }

    /// What the figures show against a pass, one phrase each.
    pub fn shortfalls(&self) -> Vec<String> {
        if self.campaign.is_none() && self.coverage.is_none() {
            return vec!["nothing was measured".to_owned()];
        }
        [Part::Campaign, Part::Coverage].into_iter().flat_map(|part| self.shortfalls_of(part)).collect()
    }
}

impl Record for FuzzSummary {
    const NAME: &'static str = "fuzz";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        self.verdict.judged(self.shortfalls())
    }
}
