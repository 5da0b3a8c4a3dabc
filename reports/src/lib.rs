//! Records of what a memguard run measured, and the pages that show them.
//!
//! A run fills in a *record*, for example [`stress::StressRun`]. [`publish`] writes the record as JSON and a Markdown
//! page that is rendered from it. The record is the evidence. The page is derived from it and never edited.
//! [`check_reports`] compares every page of a folder with its record.
//!
//! Three rules make the pages reliable:
//!
//! - **Provenance is part of the record.** Command, seed, commit ([`commit::describe`]) and machine
//!   ([`host::Host::detect`]) are fields of it.
//! - **A verdict is recomputed.** [`load`] refuses a record whose figures do not support its stated verdict.
//! - **The same record gives the same bytes.** Rendering reads no clock, no locale and no terminal, and iterates over
//!   no hash table.
//!
//! # Floors
//!
//! From the bottom up. A file uses only the floors below it:
//!
//! | module | what |
//! |---|---|
//! | `units` | numbers as text |
//! | `schema` | records: their fields, how they are loaded and judged. Its items are re-exported here |
//! | `render` | pages: one file or folder for each kind of record |
//! | `kinds` | the list of kinds |
//! | `publish`, `check` | a folder of records and pages |
//! | `site` | the pages of all records together, for a browser |
//!
//! A runner needs the schema and [`publish`] or [`write_json`]. `reports/README.md` says how to add a kind.

mod check;
mod kinds;
mod publish;
pub mod render;
mod schema;
pub mod site;
pub mod units;

pub use check::{Finding, check_reports};
pub use kinds::render_file;
pub use publish::{Written, publish, publish_file, render_all};
pub use render::Page;
pub use schema::error::ReportError;
pub use schema::file::write_atomically;
pub use schema::guarantee::Guarantee;
pub use schema::record::{Judgement, Record, load, write_json};
pub use schema::verdict::Verdict;
pub use schema::{bench, commit, fuzz, host, kill_matrix, models, provenance, stress, verify};
