//! Benchmark runs: what memguard costs beside its peers.

mod compare;
mod growth;
mod row;

pub use compare::{Worse, compare};
pub use growth::{Growth, Line};
pub use row::{Floor, Goal, Other, Row, Unit};

use serde::{Deserialize, Serialize};

use crate::schema::provenance::Provenance;
use crate::schema::record::{Judgement, Record};
use crate::schema::verdict::Verdict;

/// What the `schema` field says. Any change of shape or meaning raises the number.
pub const SCHEMA: &str = "memguard-bench/1";

/// One run over the table of benches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchRun {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The command line, program first.
    pub command: Vec<String>,
    /// Where and when.
    pub provenance: Provenance,
    /// The load average of the minute before the run. On a busy machine all figures are too high.
    pub load_average: f64,
    /// How long the whole run took.
    pub duration_s: f64,
    /// How many alternating rounds each figure is the median of.
    pub rounds: u32,
    /// Why the run is no evidence: it was quick, or did not run the whole table.
    pub partial: Option<String>,
    /// The stated verdict. [`crate::load`] compares it with the figures.
    pub verdict: Verdict,
    /// The operations, in the order of the page.
    pub rows: Vec<Row>,
    /// How the cost grows.
    pub growth: Vec<Growth>,
}

impl BenchRun {
    /// Everything that counts against a pass, one phrase each.
    pub fn shortfalls(&self) -> Vec<String> {
        let empty = self.rows.is_empty().then(|| "nothing was measured".to_owned());
        empty.into_iter().chain(self.partial.clone()).chain(self.rows.iter().filter_map(Row::shortfall)).collect()
    }

    /// The verdict that the figures support.
    pub fn computed_verdict(&self) -> Verdict {
        Verdict::of(&self.shortfalls())
    }
}

impl Record for BenchRun {
    const NAME: &'static str = "bench";
    const SCHEMA: &'static str = SCHEMA;

    fn judgement(&self) -> Judgement {
        self.verdict.judged(self.shortfalls())
    }
}
