//! Puts a record and its page into a folder of reports.
//!
//! The folder has a page `NAME.md` for each record `records/NAME.json`.

use std::path::{Path, PathBuf};

use crate::kinds;
use crate::render::Page;
use crate::schema::error::ReportError;
use crate::schema::{file, record};

/// The two files of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// The record: the evidence, as JSON.
    pub record: PathBuf,
    /// The Markdown page that is rendered from it.
    pub page: PathBuf,
}

impl Written {
    /// Where a record of the kind `R` and its page are in the folder `reports`.
    pub fn of<R: Page>(reports: &Path) -> Self {
        Self::place(reports, R::NAME)
    }

    /// Like [`of`](Self::of), for a kind by name.
    pub(crate) fn place(reports: &Path, kind: &str) -> Self {
        Self { record: records(reports).join(format!("{kind}.json")), page: reports.join(format!("{kind}.md")) }
    }
}

/// The folder of the records.
pub(crate) fn records(reports: &Path) -> PathBuf {
    reports.join("records")
}

/// Writes a run to `records/NAME.json` and its page to `NAME.md`, both in `reports`, which is created if it is missing.
/// Each file appears as a whole or not at all.
///
/// # Errors
///
/// [`ReportError::Write`] or [`ReportError::NotAFile`] if a file cannot be written, and those of [`crate::load`] if
/// `run` is a record that loading refuses: a wrong `schema`, a number that is not finite, a false verdict. In that case
/// the record is written, because it is the evidence of the run, and the page is left as it was.
pub fn publish<R: Page>(run: &R, reports: &Path) -> Result<Written, ReportError> {
    let written = Written::of::<R>(reports);
    let json = record::to_json(run, &written.record)?;
    file::write_atomically(&written.record, &json)?;
    // From the JSON and not from `run`, because `check` renders the JSON.
    let page = record::from_json::<R>(&written.record, &json)?.page();
    file::write_atomically(&written.page, &page)?;
    Ok(written)
}

/// Copies the record at `path` to its place in `reports` and writes its page.
///
/// # Errors
///
/// Those of [`crate::load`] for the record. In that case nothing is written. [`ReportError::Write`] or
/// [`ReportError::NotAFile`] if a file cannot be written.
pub fn publish_file(path: &Path, reports: &Path) -> Result<Written, ReportError> {
    let json = file::read(path)?;
    let kind = kinds::kind_of(path, &json)?;
    let page = (kind.page)(path, &json)?;
    let written = Written::place(reports, kind.name);
    file::write_atomically(&written.record, &json)?;
    file::write_atomically(&written.page, &page)?;
    Ok(written)
}

/// Writes the page of every record in `reports` again. A change of the renderer needs this.
///
/// # Errors
///
/// Those of [`publish_file`]. Pages before the first error are written.
pub fn render_all(reports: &Path) -> Result<Vec<Written>, ReportError> {
    let places = kinds::names().into_iter().map(|name| Written::place(reports, name));
    let existing = places.filter(|place| place.record.exists());
    let render = |place: Written| {
        file::write_atomically(&place.page, &kinds::render_file(&place.record)?)?;
        Ok(place)
    };
    existing.map(render).collect()
}
