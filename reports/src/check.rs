//! Checks a folder of reports: every page is the rendering of its record, and every record has a page.

use std::path::{Path, PathBuf};

use crate::kinds;
use crate::publish::{self, Written};
use crate::schema::error::ReportError;
use crate::schema::file;

/// One thing that is wrong with a folder of reports. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The page is not the rendering of its record.
    #[error(
        "{} differs from the rendering of its record from line {line} on; run: memguard-reports render",
        page.display()
    )]
    Stale {
        /// The page.
        page: PathBuf,
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// The record has no page.
    #[error("{} is missing, but its record exists; run: memguard-reports render", page.display())]
    NoPage {
        /// Where the page is missing.
        page: PathBuf,
    },
    /// The page has no record.
    #[error("{} has no record {}; run the tool that measures it, or remove the page", page.display(), record.display())]
    NoRecord {
        /// The page.
        page: PathBuf,
        /// Where the record is missing.
        record: PathBuf,
    },
    /// The record is refused, or the page cannot be read.
    #[error(transparent)]
    Refused(ReportError),
    /// The record has the name of one kind and the schema of another.
    #[error("{} is a record of the kind {kind}; rename it to {kind}.json", record.display())]
    Misnamed {
        /// The record.
        record: PathBuf,
        /// The name of the kind that its schema belongs to.
        kind: &'static str,
    },
    /// The folder has no record, so nothing was checked.
    #[error("{} has no record, so nothing was checked; name another with --reports-dir", reports.display())]
    Nothing {
        /// The folder of reports.
        reports: PathBuf,
    },
    /// The file's name is that of no kind of report.
    #[error("{} belongs to no kind of report (there are {}); move it", path.display(), kinds::names().join(", "))]
    Stranger {
        /// The file.
        path: PathBuf,
    },
}

/// Everything that is wrong with the folder `reports`. Its `README.md`, its other folders and files of other types are
/// ignored.
///
/// # Errors
///
/// [`ReportError::Read`] if the folder cannot be listed.
pub fn check_reports(reports: &Path) -> Result<Vec<Finding>, ReportError> {
    let judged = kinds::names().into_iter().map(|name| judge(name, Written::place(reports, name)));
    let mut found: Vec<Finding> =
        judged.filter_map(|finding| finding.unwrap_or_else(|error| Some(Finding::Refused(error)))).collect();
    if found.is_empty() && !kinds::names().iter().any(|name| Written::place(reports, name).record.exists()) {
        found.push(Finding::Nothing { reports: reports.to_owned() });
    }
    let known = |path: &Path| kinds::names().iter().any(|name| path.file_stem().is_some_and(|stem| stem == *name));
    let has_extension = |path: &Path, wanted| path.extension().is_some_and(|extension| extension == wanted);
    let is_page = |path: &Path| has_extension(path, "md") && !path.ends_with("README.md");
    let pages = file::entries(reports)?.into_iter().filter(|path| is_page(path) && !known(path));
    let records = publish::records(reports);
    // git has no empty folders, so a tree without records has no folder for them.
    let records = if records.exists() { file::entries(&records)? } else { Vec::new() };
    let records = records.into_iter().filter(|path| !(has_extension(path, "json") && known(path)));
    let strangers = pages.chain(records).filter(|path| !path.is_dir());
    found.extend(strangers.map(|path| Finding::Stranger { path }));
    Ok(found)
}

/// What is wrong with the record and the page of one kind.
fn judge(name: &str, Written { record, page }: Written) -> Result<Option<Finding>, ReportError> {
    if !record.exists() {
        return Ok(page.exists().then_some(Finding::NoRecord { page, record }));
    }
    let json = file::read(&record)?;
    let kind = kinds::kind_of(&record, &json)?;
    if kind.name != name {
        return Ok(Some(Finding::Misnamed { record, kind: kind.name }));
    }
    let expected = (kind.page)(&record, &json)?;
    if !page.exists() {
        return Ok(Some(Finding::NoPage { page }));
    }
    let actual = file::read(&page)?;
    // Split on '\n' alone: `lines()` would hide a changed line ending, and a missing one at the end.
    let same = actual.split('\n').zip(expected.split('\n')).take_while(|(a, e)| a == e).count();
    Ok((actual != expected).then_some(Finding::Stale { page, line: same + 1 }))
}
