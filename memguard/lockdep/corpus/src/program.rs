//! A program and what is known of it.

use crate::tool::Need;
use std::fmt;

/// What is known of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A schedule exists in which threads wait for ever.
    Bad,
    /// No schedule makes a thread wait for ever.
    Good,
}

/// A program over the locks of one tool.
#[derive(Clone, Copy)]
pub struct Program {
    /// What it is about.
    pub kind: &'static str,
    /// Its name within its kind.
    pub name: &'static str,
    /// What is known of it.
    pub expected: Expected,
    /// What it needs of the tool.
    pub needs: &'static [Need],
    /// The program.
    pub run: fn(),
}

impl Program {
    /// The same program, with what it needs of the tool.
    pub(crate) const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// Whether a tool that offers this can run it at all.
    pub fn runs_with(&self, offers: &[Need]) -> bool {
        self.needs.iter().all(|need| offers.contains(need) || need.has_fallback())
    }

    /// Whether a tool that offers this sees all that the program waits for.
    pub fn is_seen_by(&self, offers: &[Need]) -> bool {
        self.needs.iter().all(|need| offers.contains(need))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.kind, self.name)
    }
}

/// A program that can deadlock.
pub(crate) const fn bad(name: &'static str, run: fn()) -> Program {
    Program { kind: "", name, expected: Expected::Bad, needs: &[], run }
}

/// A program that cannot deadlock.
pub(crate) const fn good(name: &'static str, run: fn()) -> Program {
    Program { kind: "", name, expected: Expected::Good, needs: &[], run }
}
