//! What a memguard run measured, and the page that shows it to people.
//!
//! A tool that runs something (the stress binary today) fills in a plain struct, for example [`stress::StressRun`], and
//! calls [`stress::write`]. That leaves two files: the raw JSON, which is the evidence, and one Markdown page, which is
//! derived from it and never edited. [`check`] tells whether a page still is what its evidence says.
//!
//! Three rules make the pages worth believing:
//!
//! - **Provenance travels with the figures**: command, seed, commit ([`commit::describe`]) and machine
//!   ([`host::Host::detect`]) are fields of the run, not something to remember.
//! - **A verdict is recomputed, not trusted**: loading a file that calls itself a pass, and whose own figures say
//!   otherwise, is an error.
//! - **The same JSON gives the same bytes**: no clock, no locale, no map order of a hash table takes part in rendering.
//!
//! # Adding a kind of report
//!
//! One file per kind. Copy the shape of `src/stress.rs`: a `SCHEMA`, the structs, `load`, `render`, `write`; then add one
//! line to the table in `src/kinds.rs`, which is all that [`render_file`], [`check`] and the binary look at.

pub mod commit;
mod error;
mod file;
pub mod fuzz;
pub mod host;
mod kinds;
mod markdown;
pub mod models;
mod provenance;
pub mod seeded_bugs;
pub mod stress;
pub mod units;

pub use error::ReportError;
pub use file::write_atomically;
pub use kinds::{Freshness, check, render_file};
