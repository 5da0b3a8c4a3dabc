//! The page of a stress run.

mod chart;
mod page;
