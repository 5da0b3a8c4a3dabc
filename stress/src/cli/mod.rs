//! The command line of `memguard-stress`.

mod args;
mod exit;
mod list;
mod locks;
mod progress_bar;
mod provenance;
mod report_paths;
mod run;
mod self_test;
mod table;

pub use args::{Cli, Task};
pub use list::list;
pub use run::run;
pub use self_test::self_test;
