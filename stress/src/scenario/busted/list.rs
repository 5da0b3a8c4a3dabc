//! The list of scenarios with a planted bug.

use super::{answers, contracts, crashes, forks, orders, refusals, timeouts, wakeups, wipes};
use crate::scenario::Scenario;

/// All of them.
pub(in crate::scenario) static ALL: &[&Scenario] = &[
    &orders::COFFER,
    &orders::SITE,
    &orders::OWN_LOCK,
    &orders::RECURSION,
    &wakeups::LOST,
    &wakeups::RARELY_LOST,
    &wakeups::GIVEN_UP,
    &timeouts::IGNORED,
    &contracts::COFFER_HELD,
    &contracts::BUFFERS_HELD,
    &contracts::BUFFER_HELD,
    &contracts::POOL_HELD,
    &contracts::SOMETIMES_SLOW,
    &contracts::ONCE_SLOW,
    &contracts::STARVED,
    &contracts::WRITER_LATE,
    &contracts::LONG_WAIT,
    &contracts::SLOW_TO_REST,
    &wipes::BYTE_LEFT,
    &wipes::BUFFER_LEFT,
    &wipes::MEMORY_LEFT,
    &wipes::GROWTH,
    &answers::WRONG_BYTE,
    &answers::UNTOLD,
    &answers::UNCOUNTED,
    &answers::PANIC,
    &answers::IDLE,
    &answers::VACUOUS,
    &refusals::UNHEEDED,
    &forks::HANGING_CHILD,
    &crashes::FAULT,
    &crashes::OVERFLOW,
    &crashes::ABORT,
];
