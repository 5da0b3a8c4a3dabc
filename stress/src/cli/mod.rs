//! The command line of `memguard-stress`.

mod args;
mod checkpoint;
mod compare;
mod docs;
mod exit;
mod junit;
mod list;
mod locks;
mod output;
mod progress_bar;
mod provenance;
mod report_paths;
mod run;
mod self_test;
mod signals;
mod table;

pub use args::{Cli, Task};
pub use compare::compare;
pub use docs::{completions, man};
pub use exit::Exit;
pub use list::list;
pub use output::complain;
pub use run::run;
pub use self_test::self_test;
