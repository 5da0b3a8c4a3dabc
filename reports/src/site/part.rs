//! A part of the site: its record, and how it is shown.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::publish::Written;
use crate::render::html::{Block, from_markdown};
use crate::render::markdown::{code, text};
use crate::schema::error::ReportError;
use crate::schema::file;
use crate::schema::guarantee::Guarantee;
use crate::schema::provenance::Provenance;
use crate::schema::record::{self, Record};
use crate::site::sources::Sources;
use crate::site::state::State;
use crate::units;

/// A part. Its record may be that of another part too.
pub(super) trait Part {
    /// The kind of its record.
    type Record: Record;
    /// Its page is `SLUG.html`.
    const SLUG: &'static str;
    const TITLE: &'static str;
    /// What it is, in a sentence.
    const ABOUT: &'static str;
    /// Makes its record. `reports/README.md` has it.
    const COMMAND: &'static str;
    /// The guarantees that it is evidence for.
    const SERVES: &'static [Guarantee];

    /// Where its record is.
    fn path(sources: &Sources) -> PathBuf {
        Written::place(&sources.reports, Self::Record::NAME).record
    }

    /// What a record shows. `None`: nothing of this part was measured.
    ///
    /// # Errors
    ///
    /// [`ReportError::Html`] if a value cannot be shown.
    fn view(run: &Self::Record) -> Result<Option<View>, ReportError>;
}

/// What a record shows.
pub(super) struct View {
    pub(super) state: State,
    /// The figure that says most.
    pub(super) figure: String,
    /// Where and when it was measured.
    pub(super) commit: String,
    pub(super) started_unix_s: u64,
    /// All of it.
    pub(super) body: Vec<Block>,
    /// What it is for a guarantee, as text.
    pub(super) evidence: Vec<(Guarantee, String)>,
}

impl View {
    /// The view of a record whose Markdown page has its verdict and its reasons.
    pub(super) fn new(state: State, figure: String, origin: &Provenance, body: Vec<Block>) -> Self {
        let Provenance { commit, started_unix_s, .. } = origin;
        Self { state, figure, commit: commit.clone(), started_unix_s: *started_unix_s, body, evidence: Vec::new() }
    }

    /// With the record and the reasons against a pass above the body, which does not have them.
    pub(super) fn with_head<R: Record>(mut self) -> Self {
        let file = record_file(R::NAME);
        let mut head = format!("Record: [{file}]({file}).\n");
        let reasons = self.state.reasons("");
        if !reasons.is_empty() {
            head.push_str("\nReasons against a pass:\n\n");
            head.extend(reasons.iter().map(|reason| format!("- {}\n", text(reason))));
        }
        self.body.insert(0, Block::Markdown(head));
        self
    }

    /// With this evidence for each guarantee that the part serves.
    pub(super) fn with_evidence(mut self, serves: &[Guarantee], of: impl Fn(Guarantee) -> Option<String>) -> Self {
        self.evidence = serves.iter().filter_map(|&guarantee| Some((guarantee, of(guarantee)?))).collect();
        self
    }
}

/// A part, without its types.
pub(super) struct Entry {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) command: &'static str,
    pub(super) serves: &'static [Guarantee],
    /// The name of the kind of its record.
    pub(super) kind: &'static str,
    read: fn(&'static Entry, &Sources) -> Result<Reading, ReportError>,
}

/// A part and its record.
pub(super) struct Reading {
    pub(super) part: &'static Entry,
    pub(super) state: State,
    /// What the record shows, if it can be used.
    pub(super) view: Option<View>,
    /// The record itself, if there is one.
    pub(super) record: Option<String>,
}

/// The entry of a part.
pub(super) const fn entry<P: Part>() -> Entry {
    Entry {
        slug: P::SLUG,
        title: P::TITLE,
        about: P::ABOUT,
        command: P::COMMAND,
        serves: P::SERVES,
        kind: P::Record::NAME,
        read: read::<P>,
    }
}

fn read<P: Part>(part: &'static Entry, sources: &Sources) -> Result<Reading, ReportError> {
    let path = P::path(sources);
    let reading = |state, view, record| Ok(Reading { part, state, view, record });
    let refused = |error: ReportError| State::Refused { why: error.to_string() };
    let json = match file::read(&path) {
        Ok(json) => json,
        Err(ReportError::Read { cause, .. }) if cause.kind() == ErrorKind::NotFound => {
            return reading(State::Missing, None, None);
        }
        Err(error) => return reading(refused(error), None, None),
    };
    match record::from_json::<P::Record>(&path, &json) {
        Ok(run) => {
            let view = P::view(&run)?;
            reading(view.as_ref().map_or(State::Missing, |view| view.state.clone()), view, Some(json))
        }
        Err(error) => reading(refused(error), None, Some(json)),
    }
}

impl Entry {
    pub(super) fn read(&'static self, sources: &Sources) -> Result<Reading, ReportError> {
        (self.read)(self, sources)
    }

    /// The file of its page.
    pub(super) fn file(&self) -> String {
        format!("{}.html", self.slug)
    }

    /// The copy of its record, from the folder of the pages.
    pub(super) fn record_file(&self) -> String {
        record_file(self.kind)
    }
}

impl Reading {
    /// What is on its page below the heading.
    pub(super) fn body(&self) -> String {
        let Entry { about, command, .. } = *self.part;
        let top = match &self.state {
            State::Missing => {
                format!("{about}\n\n**This part is missing: there is no record of it.** Made by {}.\n", code(command))
            }
            State::Refused { why } => format!(
                "{about}\n\n**The record is refused, so nothing of it is shown.** {}\n\nMade by {}.\n",
                text(why),
                code(command)
            ),
            State::Pass | State::NoPass { .. } => format!("{about} Made by {}.\n", code(command)),
        };
        let file = self.part.record_file();
        let below = match &self.view {
            Some(View { commit, started_unix_s, .. }) => {
                let (commit, moment) = (code(commit), units::utc(*started_unix_s));
                format!("Measured {moment} at the commit {commit}.\n")
            }
            None if self.record.is_some() => format!("Record: [{file}]({file}).\n"),
            None => String::new(),
        };
        let head = [Block::Markdown(top), Block::Markdown(below)];
        from_markdown(head.iter().chain(self.view.iter().flat_map(|view| &view.body)))
    }
}

/// The copy of the record of this kind, from the folder of the pages.
fn record_file(kind: &str) -> String {
    format!("records/{kind}.json")
}
