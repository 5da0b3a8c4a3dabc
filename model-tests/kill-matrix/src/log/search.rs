//! Looks for words in a log.

use memguard_reports::kill_matrix::Judge;
use regex::Regex;

use super::failure::Failure;

/// The first group of a pattern in the log.
pub(super) fn first<'l>(log: &'l str, pattern: &str) -> Option<&'l str> {
    let found = Regex::new(pattern).ok()?.captures(log)?.get(1)?;
    Some(found.as_str())
}

/// Whether a number of the log is above 0: the first group of any match.
pub(super) fn counts(log: &str, pattern: &str) -> bool {
    let Ok(pattern) = Regex::new(pattern) else { return false };
    pattern.captures_iter(log).any(|found| found[1].bytes().any(|digit| digit.is_ascii_digit() && digit != b'0'))
}

/// The line after the first that contains `what`.
pub(super) fn line_after<'l>(log: &'l str, what: &str) -> Option<&'l str> {
    let mut lines = log.lines();
    lines.find(|line| line.contains(what))?;
    lines.next()
}

/// cargo's words about a program that a signal ended.
pub(super) fn died(log: &str) -> Option<Failure> {
    const WORDS: &str = r"process didn't exit successfully: `(?:[^ `]*/)?([^ `]*)[^`]*` \((signal: [^\n]*)\)";
    let found = Regex::new(WORDS).ok()?.captures(log)?;
    // cargo adds a hash to the name of a test's program.
    let program = found[1].rsplit_once('-').map_or(&found[1], |(name, _)| name);
    Some(Failure::new(Some(program), &found[2], Judge::Crash))
}
