//! Which kinds of raw report exist, and what can be done with any of them.

use std::io::ErrorKind;
use std::path::Path;

use crate::{ReportError, file, fuzz, models, seeded_bugs, stress};

/// One kind of raw report: the schema it states, and how its text becomes a page.
struct Kind {
    schema: &'static str,
    page: fn(path: &Path, json: &str) -> Result<String, ReportError>,
}

/// Every kind. Adding one is its own file plus one line here.
const KINDS: &[Kind] = &[
    Kind { schema: fuzz::SCHEMA, page: fuzz::page_of },
    Kind { schema: models::SCHEMA, page: models::page_of },
    Kind { schema: seeded_bugs::SCHEMA, page: seeded_bugs::page_of },
    Kind { schema: stress::SCHEMA, page: stress::page_of },
];

/// Whether a page is what its raw report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The page is byte for byte what rendering gives.
    Fresh,
    /// The page differs.
    Stale {
        /// The first line that differs, counted from 1.
        line: usize,
    },
    /// There is no page.
    Missing,
}

/// Renders the raw report at `raw`, whose `schema` field says which kind it is.
///
/// # Errors
///
/// [`ReportError::Read`], [`ReportError::Malformed`], [`ReportError::UnknownSchema`], or whatever the kind's own loader
/// refuses, such as [`ReportError::VerdictDisagrees`].
pub fn render_file(raw: &Path) -> Result<String, ReportError> {
    let json = file::read(raw)?;
    let found = file::schema_of(raw, &json)?;
    match KINDS.iter().find(|kind| found.as_deref() == Some(kind.schema)) {
        Some(kind) => (kind.page)(raw, &json),
        None => Err(ReportError::UnknownSchema {
            path: raw.to_owned(),
            found,
            known: KINDS.iter().map(|kind| kind.schema).collect(),
        }),
    }
}

/// Compares the page at `page` with what the raw report at `raw` renders to.
///
/// A missing page is an answer, not an error: it is as stale as a page can be.
///
/// # Errors
///
/// Those of [`render_file`], and [`ReportError::Read`] if the page is there but cannot be read as text.
pub fn check(raw: &Path, page: &Path) -> Result<Freshness, ReportError> {
    let expected = render_file(raw)?;
    let actual = match file::read(page) {
        Ok(text) => text,
        Err(ReportError::Read { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
            return Ok(Freshness::Missing);
        }
        Err(error) => return Err(error),
    };
    if actual == expected {
        return Ok(Freshness::Fresh);
    }
    // Split on '\n' alone: `lines()` would hide a changed line ending or a missing one at the end.
    let same = actual.split('\n').zip(expected.split('\n')).take_while(|(a, e)| a == e).count();
    Ok(Freshness::Stale { line: same + 1 })
}
