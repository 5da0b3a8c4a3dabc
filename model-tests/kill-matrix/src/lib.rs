//! Plants known bugs in copies of the workspace, runs detectors on each, and records which one notices it.
//!
//! | module | what |
//! |---|---|
//! | `matrix` | runs detectors on bugs, and goes on where an earlier run ended |
//! | `store` | the record on disk |
//! | `detect` | builds, runs and times one detector |
//! | `program` | the commands of all detectors |
//! | `log` | reads what failed from their logs |
//! | `tree`, `bug` | copies of the workspace; patches |
//! | `process`, `stop`, `error` | programs that are run; the early end; errors |

pub mod bug;
pub mod detect;
pub mod error;
pub mod log;
pub mod matrix;
pub mod process;
pub mod program;
pub mod stop;
pub mod store;
pub mod tree;
