//! The stress binary: the first scenario that failed, or what else it complains of.

use super::failure::Failure;
use super::search::{counts, died, first};

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    if let Some(race) = first(log, r"(?m)^(SUMMARY: \w+Sanitizer: .*)$") {
        return Some(Failure::told(None, race));
    }
    let said = first(log, r"(?m)^memguard-stress: (.*)$");
    let Some(said) = said else { return died(log) };
    let scenario = first(said, r"^([\w-]+): ").filter(|&word| word != "STALL");
    Some(Failure::told(scenario, said))
}

pub(super) fn ran(log: &str) -> bool {
    counts(log, r"(?m)^verdict: pass \(\d+ scenarios, ([\d,]+) operations")
}
