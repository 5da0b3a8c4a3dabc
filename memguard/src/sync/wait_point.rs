//! A wait for something other than a lock that must obey the lock order too, such as joining a thread.

use super::hooks;
use super::order::Class;
use super::outcome::{Mode, Outcome};
use super::site::Site;

/// Something that ends. Threads may wait for its end.
#[derive(Debug)]
pub(crate) struct WaitPoint {
    dep: hooks::Lock,
}

impl WaitPoint {
    pub(crate) fn new(class: Class) -> Self {
        Self { dep: hooks::lock(class) }
    }

    /// Runs `wait`, which waits for the end, where the order allows that.
    pub(crate) fn wait<R>(&self, site: Site, wait: impl FnOnce() -> R) -> R {
        let wanted = hooks::want(&self.dep, site, Mode::Exclusive, true);
        let result = {
            let _waiting = wanted.wait();
            wait()
        };
        wanted.granted(Outcome::Acquired).release();
        result
    }
}
