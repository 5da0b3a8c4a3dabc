//! Pages, which show records to people.
//!
//! Every kind of record has a file or a folder here, which implements [`Page`]. Parts that pages share are in `bars`,
//! `head`, `markdown`, `provenance` and `table`. `html` has pages for a browser, whose templates are in `templates/`.

mod bars;
pub(crate) mod bench;
pub(crate) mod fuzz;
mod head;
pub(crate) mod html;
mod kill_matrix;
pub(crate) mod markdown;
pub mod models;
pub(crate) mod provenance;
mod stress;
pub(crate) mod table;

pub use html::{stress_html, verify_html};

use crate::schema::record::Record;

/// A record that has a page.
pub trait Page: Record {
    /// The Markdown page. The same record gives the same bytes, on every machine.
    fn page(&self) -> String;
}
