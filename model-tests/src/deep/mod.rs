//! Deep schedules: scenarios too large for loom, run by [shuttle](https://docs.rs/shuttle) under many schedules drawn at random.
//!
//! A pass is no proof, as a loom model's is. What it adds is size: six threads and hundreds of operations over one session.

mod mixed;
mod runner;
mod saved;

pub use mixed::mixed;
pub use runner::{Deep, Failed, Passed, Policy};
pub use saved::Saved;

use shuttle::rand::{Rng, thread_rng};

/// A number below `bound`, from shuttle's own generator: it is part of the schedule, so a replay draws the same.
pub fn draw(bound: usize) -> usize {
    thread_rng().gen_range(0..bound)
}
