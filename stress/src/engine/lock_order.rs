//! The order in which threads took locks: the library's and those of scenarios.

use crate::{Guarantee, Violation};
use memguard::sync::lockdep;

/// Every broken order that was seen in this process, as text.
pub(super) fn broken() -> Vec<Violation> {
    let misuses = lockdep::violations().into_iter().filter(|broken| matches!(broken, lockdep::Violation::Site(_)));
    let orders = memguard_lockdep::reports().into_iter().filter(|report| report.verdict.is_deadlock());
    let texts = misuses.map(|misuse| misuse.to_string()).chain(orders.map(|order| order.to_string()));
    texts.map(|text| Violation::new(Guarantee::Order, text)).collect()
}
