//! The locks under test: the facade's, and loom's own.

use memguard::sync::{Mutex, MutexGuard, Site};
use std::time::Duration;

/// A kind of lock.
pub trait Subject: Send + Sync + 'static {
    type Guard<'a>;

    /// The locks of one program.
    fn new(index: usize) -> Self;
    fn lock(&self) -> Self::Guard<'_>;
    fn try_lock(&self) -> Option<Self::Guard<'_>>;
    /// May give up when it would have to wait.
    fn timed(&self) -> Option<Self::Guard<'_>>;
}

/// memguard's mutex on the loom leaf. The sites are those of the class. The programs take locks in any order, so
/// lockdep's verdict is ignored.
pub struct Facade {
    lock: Mutex<()>,
    site: Site,
}

impl Subject for Facade {
    type Guard<'a> = MutexGuard<'a, ()>;

    fn new(index: usize) -> Self {
        let site = [Site::CofferPurge, Site::RegistryPurge][index];
        Self { lock: Mutex::new(site.class(), ()), site }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock(self.site).expect("nothing panics here")
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, ()>> {
        self.lock.try_lock(self.site).ok()
    }

    fn timed(&self) -> Option<MutexGuard<'_, ()>> {
        self.lock.lock_timed(self.site, Duration::ZERO).ok()
    }
}

/// loom's own mutex. It has no timed acquisition. With `Timed::Expires` a timed acquisition is a try.
pub struct Stock(loom::sync::Mutex<()>);

impl Subject for Stock {
    type Guard<'a> = loom::sync::MutexGuard<'a, ()>;

    fn new(_: usize) -> Self {
        Self(loom::sync::Mutex::new(()))
    }

    fn lock(&self) -> Self::Guard<'_> {
        self.0.lock().expect("nothing panics here")
    }

    fn try_lock(&self) -> Option<Self::Guard<'_>> {
        self.0.try_lock().ok()
    }

    fn timed(&self) -> Option<Self::Guard<'_>> {
        self.try_lock()
    }
}
