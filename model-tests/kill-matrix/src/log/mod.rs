//! What the log of a detector says: what failed first, and whether anything ran.
//!
//! Each file reads the logs of one kind of program.

mod compiler;
mod fuzzer;
mod libtest;
mod models;
mod sim;
mod stress;

use memguard_reports::kill_matrix::Judge;
use regex::Regex;

/// The most characters of a message that are kept.
const LONGEST: usize = 160;

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
}

/// What failed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The test, model, seed, scenario or lint.
    pub by: Option<String>,
    /// What it said, on one line, cut.
    pub said: String,
    /// What noticed it.
    pub judge: Judge,
}

impl Failure {
    fn new(by: Option<&str>, said: &str, judge: Judge) -> Self {
        let one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { by: by.map(str::to_owned), said: one_line.chars().take(LONGEST).collect(), judge }
    }

    /// A failure whose message says what noticed it.
    fn told(by: Option<&str>, said: &str) -> Self {
        Self::new(by, said, judge_of(said))
    }
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

/// What noticed the bug, by the message.
fn judge_of(said: &str) -> Judge {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["Violation {", "broke the lock order", "lock order was broken", "inversion", "ORDER:"]) {
        Judge::OrderChecker
    } else if has(&["deadlock", "hangs", "STALL", "no progress"]) {
        Judge::Deadlock
    } else if has(&["is vacuous", "has become smaller", "did not announce"]) {
        Judge::Gate
    } else if has(&["(signal: ", "AddressSanitizer", "ThreadSanitizer"]) {
        Judge::Crash
    } else {
        Judge::Oracle
    }
}

/// The first group of a pattern in the log.
fn first<'l>(log: &'l str, pattern: &str) -> Option<&'l str> {
    let found = Regex::new(pattern).ok()?.captures(log)?.get(1)?;
    Some(found.as_str())
}

/// Whether a number of the log is above 0: the first group of any match.
fn counts(log: &str, pattern: &str) -> bool {
    let Ok(pattern) = Regex::new(pattern) else { return false };
    pattern.captures_iter(log).any(|found| found[1].bytes().any(|digit| digit.is_ascii_digit() && digit != b'0'))
}

/// The line after the first that contains `what`.
fn line_after<'l>(log: &'l str, what: &str) -> Option<&'l str> {
    let mut lines = log.lines();
    lines.find(|line| line.contains(what))?;
    lines.next()
}

/// cargo's words about a program that a signal ended.
fn died(log: &str) -> Option<Failure> {
    const WORDS: &str = r"process didn't exit successfully: `(?:[^ `]*/)?([^ `]*)[^`]*` \((signal: [^\n]*)\)";
    let found = Regex::new(WORDS).ok()?.captures(log)?;
    // cargo adds a hash to the name of a test's program.
    let program = found[1].rsplit_once('-').map_or(&found[1], |(name, _)| name);
    Some(Failure::new(Some(program), &found[2], Judge::Crash))
}
