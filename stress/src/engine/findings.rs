//! The violations of one scenario.

use crate::Violation;
use memguard_reports::stress as report;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Violations that are kept in full. What comes after is counted: one fault tends to be seen by every thread again and again.
const KEPT: usize = 16;

/// Collects violations from all threads.
#[derive(Debug, Default)]
pub struct Findings(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    kept: Vec<Violation>,
    more: u64,
}

impl Findings {
    /// A promise did not hold.
    pub fn add(&self, violation: Violation) {
        let mut found = self.found();
        if found.kept.contains(&violation) || found.kept.len() >= KEPT {
            found.more += 1;
        } else {
            found.kept.push(violation);
        }
    }

    /// Everything found, as reports show it.
    pub(super) fn list(&self) -> Vec<report::Violation> {
        let found = self.found();
        let as_report = |violation: &Violation| report::Violation {
            guarantee: violation.guarantee.to_string(),
            message: violation.message.clone(),
        };
        let mut all: Vec<_> = found.kept.iter().map(as_report).collect();
        if let (Some(last), more @ 1..) = (all.last_mut(), found.more) {
            last.message.push_str(&format!("\n({more} more violations were seen and are not listed)"));
        }
        all
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
