//! An observer is told of every outcome, edge and acquisition as it happens. The harness of the models notes in which
//! execution it saw each of them first. A test stops a thread that holds a certain lock.

use crate::sync::outcome::Outcome;
use crate::sync::site::Site;
use once_cell::race::OnceBox;

/// Something that lockdep counted.
///
/// ```
/// use memguard::sync::lockdep::{self, Event};
/// lockdep::observe(|event| match event {
///     Event::Outcome(site, outcome) => println!("{site}: {}", outcome.label()),
///     Event::Edge(held, wanted) => println!("{held} -> {wanted}"),
///     Event::Held(site) => println!("{site} is held"),
///     _ => {}
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An acquisition at this site had this outcome.
    Outcome(Site, Outcome),
    /// A thread that holds the first site's lock is about to wait for the second site's lock.
    Edge(Site, Site),
    /// This site's lock was taken, and is held now.
    Held(Site),
}

static OBSERVER: OnceBox<fn(Event)> = OnceBox::new();

/// Calls `observer` on every event of this process from now on, in the thread it happens in. It must not call the
/// library. Returns `false` if there is one already.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// static TAKEN: AtomicU64 = AtomicU64::new(0);
/// lockdep::observe(|event| {
///     if matches!(event, lockdep::Event::Held(site) if site == Site::PoolTake) {
///         TAKEN.fetch_add(1, Relaxed);
///     }
/// });
/// drop(memguard::Buffer::new(1)?);
/// assert!(TAKEN.load(Relaxed) > 0);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn observe(observer: fn(Event)) -> bool {
    OBSERVER.set(Box::new(observer)).is_ok()
}

pub(crate) fn tell(event: Event) {
    if let Some(observer) = OBSERVER.get() {
        observer(event);
    }
}
