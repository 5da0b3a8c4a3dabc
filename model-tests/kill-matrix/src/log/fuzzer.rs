//! libFuzzer: the target's panic, or the summary of libFuzzer or of a sanitizer.

use super::failure::Failure;
use super::search::{counts, first, line_after};

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    let summary = first(log, r"(?m)^(SUMMARY: .*)$");
    let said = line_after(log, "panicked at ").or(summary)?;
    Some(Failure::told(None, said))
}

pub(super) fn ran(log: &str) -> bool {
    counts(log, r"(?m)^stat::number_of_executed_units: +(\d+)")
}
