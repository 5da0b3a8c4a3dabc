//! All kinds of record have a name, a schema, a verdict that is recomputed, and JSON on disk.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::schema::error::ReportError;
use crate::schema::file;

/// What one run measured.
pub trait Record: Serialize + DeserializeOwned {
    /// The name of the kind. The record of a page `NAME.md` is `records/NAME.json`.
    const NAME: &'static str;

    /// What the `schema` field says. Any change of shape or meaning raises the number in it.
    const SCHEMA: &'static str;

    /// The stated verdict, and the one that the figures support.
    fn judgement(&self) -> Judgement;
}

/// The verdict that a record states, and the verdict that its figures support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The word in the record.
    pub stated: String,
    /// Whether the figures support that word.
    pub agrees: bool,
    /// What the figures show against a pass, one phrase each.
    pub shortfalls: Vec<String>,
}

/// Reads a record and checks its schema and its verdict.
///
/// # Errors
///
/// - [`ReportError::Read`] if the file cannot be read;
/// - [`ReportError::UnknownSchema`] if its `schema` is not [`Record::SCHEMA`];
/// - [`ReportError::Malformed`] if it does not have the shape of that schema;
/// - [`ReportError::VerdictDisagrees`] if its figures do not support the verdict that it states.
pub fn load<R: Record>(path: &Path) -> Result<R, ReportError> {
    from_json(path, &file::read(path)?)
}

/// The record in `json`, which came from `path`.
pub(crate) fn from_json<R: Record>(path: &Path, json: &str) -> Result<R, ReportError> {
    let found = file::schema_of(path, json)?;
    if found.as_deref() != Some(R::SCHEMA) {
        return Err(ReportError::UnknownSchema { path: path.to_owned(), found, known: vec![R::SCHEMA] });
    }
    let record: R = file::parse(path, json)?;
    let Judgement { stated, agrees, shortfalls: reasons } = record.judgement();
    if agrees { Ok(record) } else { Err(ReportError::VerdictDisagrees { path: path.to_owned(), stated, reasons }) }
}

/// The JSON of a value that is to be stored at `path`.
pub(crate) fn to_json(value: &impl Serialize, path: &Path) -> Result<String, ReportError> {
    let json = serde_json::to_string_pretty(value);
    json.map(|json| json + "\n").map_err(|cause| ReportError::Malformed { path: path.to_owned(), cause })
}

/// Writes `value` as JSON that people can read. The file appears as a whole or not at all.
///
/// # Errors
///
/// [`ReportError::Malformed`] if the value has a number that JSON cannot express, and those of
/// [`write_atomically`](crate::write_atomically).
pub fn write_json(value: &impl Serialize, path: &Path) -> Result<(), ReportError> {
    file::write_atomically(path, &to_json(value, path)?)
}
