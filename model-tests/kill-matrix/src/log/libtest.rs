//! libtest: the first test that failed, and the last panic of its thread.

use memguard_reports::kill_matrix::Judge;
use regex::Regex;

use super::failure::Failure;
use super::search::{counts, died, first};

/// The first test that failed. Its name may be followed by what other tests printed meanwhile.
pub(super) fn failed_test(log: &str) -> Option<&str> {
    let pattern = Regex::new(r"(?m)^test (\S+) .*\bFAILED$").ok()?;
    pattern
        .captures_iter(log)
        .filter_map(|found| found.get(1))
        .map(|name| name.as_str())
        .find(|&name| name != "result:")
}

pub(super) fn first_failure(log: &str) -> Option<Failure> {
    match failed_test(log) {
        Some(test) => Some(Failure::told(Some(test), last_panic(log, test).unwrap_or_default())),
        None => died(log).or_else(|| hanging(log)),
    }
}

/// A test that was still running when the log ended says so after a minute.
fn hanging(log: &str) -> Option<Failure> {
    let test = first(log, r"(?m)^test (\S+) has been running for over 60 seconds$")?;
    Some(Failure::new(Some(test), "has been running for over 60 seconds", Judge::Deadlock))
}

/// The message of the last panic of the thread with this name, or else of the last panic.
fn last_panic<'l>(log: &'l str, thread: &str) -> Option<&'l str> {
    let after = |is_it: &dyn Fn(&str) -> bool| {
        let mut said = None;
        let mut lines = log.lines();
        while let Some(line) = lines.next() {
            if line.contains(" panicked at ") && is_it(line) {
                said = lines.next();
            }
        }
        said
    };
    let own = format!("thread '{thread}'");
    after(&|line| line.contains(&own)).or_else(|| after(&|_| true))
}

pub(super) fn ran(log: &str) -> bool {
    counts(log, r"(?m)^test result: ok\. (\d+) passed")
}
