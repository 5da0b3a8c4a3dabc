//! Records: what a run measured, and whether its figures support its verdict.
//!
//! Runners fill these structs in. Nothing here knows how a page looks.

pub mod bench;
pub mod commit;
pub(crate) mod error;
pub(crate) mod file;
pub mod fuzz;
pub(crate) mod guarantee;
pub mod host;
pub mod kill_matrix;
pub mod models;
pub mod provenance;
pub(crate) mod published;
pub(crate) mod record;
pub mod stress;
pub(crate) mod verdict;
pub mod verify;
