//! A wait that is not for a lock but must obey the lock order all the same, such as joining a thread.

use super::lockdep::{self, Mode};
use super::{Class, Outcome, Site};

/// Something that ends, for which threads may wait.
#[derive(Debug)]
pub(crate) struct WaitPoint {
    dep: lockdep::Lock,
}

impl WaitPoint {
    pub(crate) fn new(class: Class) -> Self {
        Self { dep: lockdep::Lock::new(class) }
    }

    /// Runs `wait`, which waits for the end, where the order allows that.
    pub(crate) fn wait<R>(&self, site: Site, wait: impl FnOnce() -> R) -> R {
        let wanted = lockdep::want(&self.dep, site, Mode::Exclusive, true);
        let result = {
            let _waiting = wanted.wait();
            wait()
        };
        wanted.granted(Outcome::Acquired).release();
        result
    }
}
