//! What may notice a bug.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program that may notice a bug. The order is that of their costs, from the cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// The compiler and clippy on the library.
    Lints,
    /// The simulated runs, on shuttle.
    Sim,
    /// The deep schedules, on shuttle.
    Shuttle,
    /// The checked-in inputs of the fuzz targets, replayed.
    Inputs,
    /// The stress binary, on threads of the system.
    Stress,
    /// The tests of the library, with the order checker.
    Tests,
    /// The loom models, and their gate.
    Loom,
    /// The fuzz target that the bug names.
    Fuzz,
    /// Small programs of several threads in Miri.
    Miri,
    /// The stress binary under ThreadSanitizer.
    Tsan,
    /// The stress binary under AddressSanitizer.
    Asan,
}

impl Detector {
    /// All of them, from the cheapest.
    pub const ALL: [Self; 11] = [
        Self::Lints,
        Self::Sim,
        Self::Shuttle,
        Self::Inputs,
        Self::Stress,
        Self::Tests,
        Self::Loom,
        Self::Fuzz,
        Self::Miri,
        Self::Tsan,
        Self::Asan,
    ];

    /// Its name on the command line and in a record.
    pub fn label(self) -> &'static str {
        self.facts().0
    }

    /// Whether it runs only if it is asked for, because it takes long and needs a nightly toolchain with the source of
    /// the standard library.
    pub fn is_on_demand(self) -> bool {
        matches!(self, Self::Miri | Self::Tsan | Self::Asan)
    }

    /// What it is, for people.
    pub fn meaning(self) -> &'static str {
        self.facts().1
    }

    fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::Lints => ("lints", "the compiler and clippy on the library"),
            Self::Sim => ("sim", "simulated runs: 20,000 seeds, each a program, its faults and its schedule"),
            Self::Shuttle => ("shuttle", "deep schedules: larger programs on random schedules"),
            Self::Inputs => ("inputs", "the checked-in inputs of all fuzz targets, replayed without a fuzzer"),
            Self::Stress => ("stress", "the stress binary for 20 seconds: threads of the system on real pages"),
            Self::Tests => {
                ("tests", "the library's unit tests, properties and integration tests, with the order checker")
            }
            Self::Loom => ("loom", "the loom models, and the gate that judges what they reached"),
            Self::Fuzz => ("fuzz", "the bug's fuzz target: the median of three runs of 60 seconds, from nothing"),
            Self::Miri => ("miri", "small programs of several threads in Miri, under 16 schedules"),
            Self::Tsan => ("tsan", "the stress binary under ThreadSanitizer"),
            Self::Asan => ("asan", "the stress binary under AddressSanitizer"),
        }
    }
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}
