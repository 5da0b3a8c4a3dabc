//! Pages for a browser. They load nothing, so they need no network. `page` has what all of them share. A body is made
//! by a template of `templates/`, or from Markdown.

mod arcs;
mod bars;
mod from_markdown;
mod lines;
mod page;
mod stress;
mod verify;

pub(crate) use arcs::{Arc, Arcs, Node};
pub(crate) use bars::{Bar, Bars, Weight};
pub(crate) use from_markdown::{Block, from_markdown};
pub(crate) use lines::{Lines, Point};
pub(crate) use page::{Link, Page, made};
pub(crate) use stress::stress_body;
pub use stress::stress_html;
pub(crate) use verify::verify_body;
pub use verify::verify_html;
