//! cargo and rustc: the first error, and the place that it names.

use memguard_reports::kill_matrix::Judge;

use super::failure::Failure;
use super::search::first;

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    let error = first(log, r"(?m)^(error(?:\[E\d+\])?: .*)$")?;
    let place = first(log, r"(?m)^ +--> ([^:\n]+:\d+)");
    Some(Failure::new(place, error, Judge::Compiler))
}

pub(super) fn ran(log: &str) -> bool {
    first(log, r"(?m)^ +(Finished) ").is_some()
}
