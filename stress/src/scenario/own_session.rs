//! Sessions that a scenario builds beside the one it is given.

use memguard::{Session, SessionBuilder};
use std::time::Duration;

/// Longer than the watchdog waits. It tells slow threads from blocked ones, and a timeout does not.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(600);

/// Configures a session that keeps this many pages. Few, because a scenario with sessions of its own has several.
pub(super) fn builder(pool_pages: usize) -> SessionBuilder {
    Session::builder().pool_pages(pool_pages).acquire_timeout(ACQUIRE_TIMEOUT)
}
