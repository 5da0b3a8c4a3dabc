//! `cargo sim`: the seed that failed, and what is left of its case.

use super::failure::Failure;
use super::search::{counts, died, first, line_after};

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    let Some(seed) = first(log, r"(?m)^(seed \d+) failed: ") else { return died(log) };
    let smallest = first(log, r"(?m)^(\d+ operations on \d+ threads, after \d+ tries:)$");
    let said = match smallest {
        Some(smallest) => format!("{smallest} {}", line_after(log, smallest).unwrap_or_default()),
        None => first(log, r"(?m)^seed \d+ failed: (.*)$").unwrap_or_default().to_owned(),
    };
    Some(Failure::told(Some(seed), &said))
}

pub(super) fn ran(log: &str) -> bool {
    counts(log, r"(?m)^sim: (\d+) cases passed")
}
