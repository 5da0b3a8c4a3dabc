//! libtest in Miri: what Miri ended the program for, or the first test that failed.

use super::failure::Failure;
use super::libtest;
use super::search::first;

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    let Some(said) = first(log, r"(?m)\berror: (Undefined Behavior: .*|.*\bdeadlocked\b.*|memory leaked: .*)$") else {
        return libtest::first_failure(log);
    };
    let schedule = first(log, r"(?m)^FAILING SEED: (\d+)$").map(|seed| format!("schedule {seed}"));
    Some(Failure::told(schedule.as_deref(), said))
}
