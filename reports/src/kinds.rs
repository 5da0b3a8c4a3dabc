//! The list of kinds of record, and what can be done with a record of any kind.

use std::path::Path;

use crate::render::Page;
use crate::schema::bench::BenchRun;
use crate::schema::error::ReportError;
use crate::schema::fuzz::FuzzSummary;
use crate::schema::kill_matrix::KillMatrix;
use crate::schema::models::ModelsRun;
use crate::schema::stress::StressRun;
use crate::schema::{file, record};

/// One kind of record.
pub(crate) struct Kind {
    /// The record is `records/NAME.json`, the page is `NAME.md`.
    pub(crate) name: &'static str,
    schema: &'static str,
    /// The page for the JSON of a record, which came from a path.
    pub(crate) page: fn(path: &Path, json: &str) -> Result<String, ReportError>,
}

/// Every kind. A new kind is one line here.
const KINDS: &[Kind] =
    &[kind::<BenchRun>(), kind::<FuzzSummary>(), kind::<KillMatrix>(), kind::<ModelsRun>(), kind::<StressRun>()];

const fn kind<R: Page>() -> Kind {
    Kind { name: R::NAME, schema: R::SCHEMA, page: |path, json| Ok(record::from_json::<R>(path, json)?.page()) }
}

/// The names of all kinds.
pub(crate) fn names() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// The kind of the record in `json`, by its `schema` field.
pub(crate) fn kind_of(path: &Path, json: &str) -> Result<&'static Kind, ReportError> {
    let found = file::schema_of(path, json)?;
    KINDS.iter().find(|kind| found.as_deref() == Some(kind.schema)).ok_or_else(|| ReportError::UnknownSchema {
        path: path.to_owned(),
        found,
        known: KINDS.iter().map(|kind| kind.schema).collect(),
    })
}

/// Renders the record at `path`. Its `schema` field says which kind it is.
///
/// # Errors
///
/// Those of [`crate::load`].
pub fn render_file(path: &Path) -> Result<String, ReportError> {
    let json = file::read(path)?;
    (kind_of(path, &json)?.page)(path, &json)
}
