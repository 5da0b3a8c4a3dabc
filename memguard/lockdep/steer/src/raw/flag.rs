//! A flag to wait for.

use super::monitor::{Monitor, State};

#[derive(Debug)]
pub(crate) struct Flag(Monitor<IsSet>);

#[derive(Debug)]
struct IsSet(bool);

impl State for IsSet {
    const FREE: Self = IsSet(false);
}

impl Flag {
    pub(crate) const fn new() -> Self {
        Self(Monitor::new())
    }

    /// Sets it as the value returned is dropped.
    pub(crate) fn set_later(&self) -> impl Drop {
        struct Later<'a>(&'a Flag);
        impl Drop for Later<'_> {
            fn drop(&mut self) {
                self.0.0.set(|is_set| is_set.0 = true);
            }
        }
        Later(self)
    }

    /// Waits until it is set.
    pub(crate) fn wait(&self) {
        self.0.wait(|is_set| is_set.0.then_some(()));
    }
}
