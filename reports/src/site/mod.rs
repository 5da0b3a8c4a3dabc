//! The site: pages for a browser, made from the records of a folder of reports.
//!
//! Each part has a page. The front page names the state of each, and the evidence for each guarantee. Nothing is
//! measured here, and the pages load nothing. A part that is missing or no pass is shown as such.

mod front;
mod guarantees;
mod history;
mod part;
mod parts;
mod sources;
mod state;

pub use sources::Sources;
pub use state::State;

use std::path::{Path, PathBuf};

use crate::render::html::{Link, Page, made};
use crate::schema::error::ReportError;
use crate::schema::file::write_atomically;
use part::Reading;
use parts::PARTS;

const FRONT: &str = "index.html";

/// A part of the site that was written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PartWritten {
    /// Its title.
    pub title: &'static str,
    /// The command that makes its record.
    pub command: &'static str,
    /// Its page.
    pub page: PathBuf,
    /// What its record shows.
    pub state: State,
}

/// Writes all pages into `out`, which is created if it is missing, and copies the records beside them. Other files
/// there stay. The result has every part, whether it passes or not.
///
/// # Errors
///
/// [`ReportError::Write`] or [`ReportError::NotAFile`] if a file cannot be written. A record that cannot be used is no
/// error: its part says so.
pub fn write_site(sources: &Sources, out: &Path) -> Result<Vec<PartWritten>, ReportError> {
    let readings = PARTS.iter().map(|part| part.read(sources)).collect::<Result<Vec<_>, _>>()?;
    for Reading { part, record, .. } in &readings {
        if let Some(json) = record {
            write_atomically(&out.join(part.record_file()), json)?;
        }
    }
    let frame = |file: &str, heading: &str, state: Option<&State>, body: &str| {
        let word = state.map(State::word);
        let title = word.map_or_else(|| heading.to_owned(), |word| format!("{heading}: {word}"));
        let title = format!("{title} – memguard");
        let page = made(&Page { title: &title, heading, state: word, links: &links(file), body })?;
        write_atomically(&out.join(file), &page)
    };
    frame(FRONT, "memguard", None, &front::body(&readings))?;
    for reading in &readings {
        frame(&reading.part.file(), reading.part.title, Some(&reading.state), &reading.body())?;
    }
    frame(history::FILE, "History of the records", None, &history::body(&sources.reports)?)?;
    let written = readings.into_iter().map(|Reading { part, state, .. }| PartWritten {
        title: part.title,
        command: part.command,
        page: out.join(part.file()),
        state,
    });
    Ok(written.collect())
}

/// The links to all pages, on the page in this file.
fn links(here: &str) -> Vec<Link> {
    let parts = PARTS.iter().map(|part| (part.file(), part.title));
    let all = std::iter::once((FRONT.to_owned(), "Overview")).chain(parts);
    let all = all.chain(std::iter::once((history::FILE.to_owned(), "History")));
    all.map(|(href, title)| Link { is_here: href == here, href, title: title.to_owned() }).collect()
}
