//! Whether something wants a visit of the [visitor](super::visitor), and whether it is still there for one.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Whether a wish has changed since the visitor asked. While all are idle, it does not have to look at each.
static NEWS: AtomicBool = AtomicBool::new(false);

/// No visit is wanted, and one does no harm.
const NONE: u8 = 0;
const WANTED: u8 = 1;
/// It has ended. No visit comes any more.
const OVER: u8 = 2;

/// The wish for a visit. It only says when a visit comes. What a visit does is ordered by other means, so relaxed
/// accesses of it suffice.
#[derive(Debug, Default)]
pub(crate) struct Wish(AtomicU8);

impl Wish {
    /// Asks for a visit at the next interval. It costs a read if one is wanted already.
    #[inline]
    pub(crate) fn want(&self) {
        if self.0.load(Ordering::Relaxed) == NONE {
            // An end is not undone.
            let _ = self.0.compare_exchange(NONE, WANTED, Ordering::Relaxed, Ordering::Relaxed);
            NEWS.store(true, Ordering::Release);
        }
    }

    /// Whether a visit was wanted. From now on none is. If none was, this only reads: the visitor asks thousands, and
    /// reads of different lines overlap.
    #[cfg_attr(
        all(feature = "models", any(loom, shuttle)),
        allow(dead_code, reason = "the visitors of models come once, wanted or not")
    )]
    pub(super) fn take(&self) -> bool {
        let taken = || self.0.compare_exchange(WANTED, NONE, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        self.0.load(Ordering::Relaxed) == WANTED && taken()
    }

    /// Whether a wish has changed since the last call. Who hears so sees the change.
    #[cfg_attr(
        all(feature = "models", any(loom, shuttle)),
        allow(dead_code, reason = "the visitors of models come once, wanted or not")
    )]
    pub(super) fn take_news() -> bool {
        NEWS.swap(false, Ordering::Acquire)
    }

    /// Asks for no visit any more.
    pub(super) fn end(&self) {
        self.0.store(OVER, Ordering::Relaxed);
        NEWS.store(true, Ordering::Release);
    }

    #[cfg_attr(
        all(feature = "models", any(loom, shuttle)),
        allow(dead_code, reason = "the visitors of models come once, wanted or not")
    )]
    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) == OVER
    }
}
