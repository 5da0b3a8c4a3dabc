//! Fuzzing, which the scripts of `fuzz/` measure.
//!
//! `nightly.sh` and `coverage.sh` leave a folder of small text files each. [`Part::collect`] turns such
//! a folder into one part of the [`FuzzSummary`].

mod campaign;
mod coverage;
mod lcov;
mod script;
mod summary;

pub use campaign::{Campaign, Target};
pub use coverage::{Coverage, Exception, Module};
pub use lcov::Lines;
pub use script::Origin;
pub use summary::{FuzzSummary, Part, SCHEMA};
