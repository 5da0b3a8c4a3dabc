//! The sites at which this thread took the locks that it holds.
//!
//! The allocator is code of others and may use this library. So the list is borrowed only in steps that neither
//! allocate nor free.

use super::violation::Acquisition;
use crate::sync::leaf::per_thread;
use crate::sync::order::Class;
use crate::sync::outcome::Mode;
use crate::sync::site::Site;
use std::cell::RefCell;

/// How many locks a thread notes. `memguard_lockdep` has as many places.
const MOST: usize = 64;
/// Fills unused places.
const NONE: Acquisition = Acquisition { class: Class::Access, number: 0, site: Site::BufferRead, mode: Mode::Shared };

struct Held {
    locks: [Acquisition; MOST],
    count: usize,
}

per_thread! {
    static HELD: RefCell<Held> = RefCell::new(Held { locks: [NONE; MOST], count: 0 });
}

/// Notes a lock that this thread has taken, if there is a place.
#[inline]
pub(crate) fn push(lock: Acquisition) {
    HELD.with(|held| {
        let Held { locks, count } = &mut *held.borrow_mut();
        if let Some(place) = locks.get_mut(*count) {
            *place = lock;
            *count += 1;
        }
    });
}

/// This thread has released a lock.
#[inline]
pub(crate) fn pop(lock: Acquisition) {
    HELD.with(|held| {
        let Held { locks, count } = &mut *held.borrow_mut();
        // Locks are mostly released in the opposite order in which they were taken.
        if let Some(at) = locks[..*count].iter().rposition(|held| *held == lock) {
            locks.copy_within(at + 1..*count, at);
            *count -= 1;
        }
    });
}

/// Shows each lock of the library that this thread holds. Never waits and never allocates, so an allocator may ask.
///
/// ```
/// use memguard::sync::{Class, lockdep};
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.read()?;
/// let mut held = 0;
/// lockdep::visit_held(|lock| held += i32::from(lock.class == Class::Access));
/// assert_eq!(held, 1);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn visit_held(mut see: impl FnMut(&Acquisition)) {
    let lock = |at: usize| {
        HELD.with(|held| {
            let held = held.borrow();
            (at < held.count).then(|| held.locks[at])
        })
    };
    let mut at = 0;
    while let Some(held) = lock(at) {
        see(&held);
        at += 1;
    }
}
