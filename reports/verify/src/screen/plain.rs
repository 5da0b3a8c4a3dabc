//! For a log: each step's name, then the whole output of its commands.

use std::io::{self, Write};
use std::time::Duration;

use memguard_reports::units;
use memguard_reports::verify as record;

use super::{Screen, figures};
use crate::step::Step;

/// Writes to a stream. After the first error nothing more is written.
#[derive(Debug)]
pub struct Plain<W> {
    stream: W,
    error: Option<io::Error>,
}

impl<W: Write> Plain<W> {
    /// Writes to this.
    pub fn new(stream: W) -> Self {
        Self { stream, error: None }
    }

    /// Writes the text.
    pub fn print(&mut self, text: &str) {
        self.output(text.as_bytes());
    }

    /// What kept text from being written.
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }
}

impl<W: Write> Screen for Plain<W> {
    fn began(&mut self, _: usize, step: &Step) {
        self.print(&format!("\n== {}: {}\n", step.name, step.shows));
    }

    fn output(&mut self, bytes: &[u8]) {
        if self.error.is_none() && !bytes.is_empty() {
            self.error = self.stream.write_all(bytes).and_then(|()| self.stream.flush()).err();
        }
    }

    fn tick(&mut self, _: usize, _: Duration, _: &[record::Figure]) {}

    fn ended(&mut self, _: usize, step: &record::Step) {
        let figures = figures(&step.figures);
        let (colon, figures) = if figures.is_empty() { ("", "") } else { (", ", figures.as_str()) };
        self.print(&format!("-- {}: {}, {}{colon}{figures}\n", step.name, step.state, units::span(step.duration_s)));
    }
}
