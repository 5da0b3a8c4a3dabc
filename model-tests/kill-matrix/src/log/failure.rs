//! What failed, and what noticed it.

use memguard_reports::kill_matrix::Judge;

/// The most characters of a message that are kept.
const LONGEST: usize = 160;

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
    pub(super) fn new(by: Option<&str>, said: &str, judge: Judge) -> Self {
        let one_line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { by: by.map(str::to_owned), said: one_line.chars().take(LONGEST).collect(), judge }
    }

    /// A failure whose message says what noticed it.
    pub(super) fn told(by: Option<&str>, said: &str) -> Self {
        Self::new(by, said, judge_of(said))
    }
}

/// What noticed the bug, by the message.
pub(super) fn judge_of(said: &str) -> Judge {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["Violation {", "broke the lock order", "lock order was broken", "inversion", "ORDER:"]) {
        Judge::OrderChecker
    } else if has(&["deadlock", "hangs", "STALL", "no progress"]) {
        Judge::Deadlock
    } else if has(&["is vacuous", "has become smaller", "did not announce"]) {
        Judge::Gate
    } else if has(&["(signal: ", "AddressSanitizer", "ThreadSanitizer", "Undefined Behavior"]) {
        Judge::Crash
    } else {
        Judge::Oracle
    }
}
