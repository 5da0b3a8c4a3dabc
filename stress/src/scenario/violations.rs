//! The violations of one scenario.

use crate::Violation;
use crate::mutex::lock;
use std::sync::Mutex;

/// Violations kept in full. Further ones are only counted, because most threads see the same fault many times.
const KEPT: usize = 16;

/// Collects violations from all threads.
#[derive(Debug, Default)]
pub struct Violations(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    kept: Vec<Violation>,
    more: u64,
}

impl Violations {
    /// Adds a violation.
    pub fn add(&self, violation: Violation) {
        let mut collected = lock(&self.0);
        if collected.kept.contains(&violation) || collected.kept.len() >= KEPT {
            collected.more += 1;
        } else {
            collected.kept.push(violation);
        }
    }

    /// Adds the violation that a check found, if it found one.
    pub fn check(&self, result: Result<(), Violation>) {
        if let Err(violation) = result {
            self.add(violation);
        }
    }

    /// All violations. The last one says how many more there were.
    pub fn list(&self) -> Vec<Violation> {
        let collected = lock(&self.0);
        let mut all = collected.kept.clone();
        if let (Some(last), more @ 1..) = (all.last_mut(), collected.more) {
            last.message.push_str(&format!("\n({more} more violations were seen and are not listed)"));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Violations};
    use crate::{Guarantee, Violation};

    #[test]
    fn repeated_and_surplus_violations_are_counted() {
        let violations = Violations::default();
        violations.check(Ok(()));
        assert_eq!(violations.list(), []);
        for number in 0..=KEPT {
            violations.add(Violation::new(Guarantee::Exact, number.to_string()));
        }
        violations.check(Err(Violation::new(Guarantee::Exact, "0")));
        let listed = violations.list();
        assert_eq!(listed.len(), KEPT);
        assert!(listed[KEPT - 1].message.ends_with("(2 more violations were seen and are not listed)"));
    }
}
