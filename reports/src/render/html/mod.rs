//! Pages for a browser. They load nothing, so they need no network. `page` has what all of them share. A body is made
//! by a template of `templates/`.

mod lines;
mod page;
mod stress;
mod verify;

pub use stress::stress_html;
pub use verify::verify_html;
