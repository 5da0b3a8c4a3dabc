//! What the log of a detector says: what failed first, and whether anything ran.
//!
//! Each file reads the logs of one kind of program.

mod compiler;
mod failure;
mod fuzzer;
mod libtest;
mod miri;
mod models;
mod search;
mod sim;
mod stress;

pub use failure::Failure;

/// The kinds of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// cargo and rustc.
    Compiler,
    /// libtest, with `RUST_TEST_NOCAPTURE`.
    Libtest,
    /// The loom models and their gate.
    Models,
    /// `cargo sim`.
    Sim,
    /// `memguard-stress run`.
    Stress,
    /// libFuzzer.
    Fuzzer,
    /// libtest in Miri.
    Miri,
}

impl Log {
    /// What failed first, if the log names it.
    pub fn first_failure(self, log: &str) -> Option<Failure> {
        match self {
            Self::Compiler => compiler::first_failure(log),
            Self::Libtest => libtest::first_failure(log),
            Self::Models => models::first_failure(log),
            Self::Sim => sim::first_failure(log),
            Self::Stress => stress::first_failure(log),
            Self::Fuzzer => fuzzer::first_failure(log),
            Self::Miri => miri::first_failure(log),
        }
    }

    /// Whether the log of a pass shows that something ran.
    pub fn ran(self, log: &str) -> bool {
        match self {
            Self::Compiler => compiler::ran(log),
            Self::Libtest => libtest::ran(log),
            Self::Models => models::ran(log),
            Self::Sim => sim::ran(log),
            Self::Stress => stress::ran(log),
            Self::Fuzzer => fuzzer::ran(log),
            Self::Miri => libtest::ran(log),
        }
    }

    /// Whether nothing that the program may still print is needed. The others stop by themselves.
    pub fn is_enough(self, log: &str) -> bool {
        self == Self::Libtest && libtest::failed_test(log).is_some()
    }

    /// The models that failed by their own oracle.
    pub fn models(self, log: &str) -> Vec<String> {
        if self == Self::Models { models::own_failures(log) } else { Vec::new() }
    }
}
