//! What is shown while steps run.

mod live;
mod plain;

pub use live::Live;
pub use plain::Plain;

use std::time::Duration;

use memguard_reports::verify as record;

use crate::step::Step;

/// Is told what happens.
pub trait Screen {
    /// The step with this number has begun.
    fn began(&mut self, at: usize, step: &Step);
    /// Its commands have written this.
    fn output(&mut self, bytes: &[u8]);
    /// Some time has passed.
    fn tick(&mut self, at: usize, elapsed: Duration, figures: &[record::Figure]);
    /// It has ended.
    fn ended(&mut self, at: usize, step: &record::Step);
}

/// The figures in one line.
pub fn figures(figures: &[record::Figure]) -> String {
    let there = figures.iter().filter(|figure| figure.count.is_some());
    there.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
