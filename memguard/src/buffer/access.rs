//! Accesses: how a thread enters a buffer, and what happens when it leaves.

use super::handle::Buffer;
use crate::error::{Holder, LockName, SiteName};
use crate::memory::Access;
use crate::sync::{Class, Entered, Mode, OnDrop, Patience, Refusal, Site, held, impl_drop};
use crate::{Error, Limit, Result};
use std::marker::PhantomData;
use std::time::Duration;

/// This thread is inside the buffer until this is dropped.
pub(super) struct Inside<'b> {
    pub(super) buffer: &'b Buffer,
    /// `None` only while dropping.
    entered: Option<Entered>,
    /// Only the thread that entered may leave.
    not_send: PhantomData<*const ()>,
}

/// This thread is inside, and the bytes are reachable. In a session that conceals them, they are concealed again before
/// the lease is left, so before another thread can wipe or write them.
pub(super) struct Revealed<'b>(pub(super) Inside<'b>);

/// Whether an access may wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The access may wait. This thread holds no access, or only accesses that come before this one in the order.
    Outermost,
    /// The access must not wait. This thread holds an access, and waiting could close a cycle.
    Nested,
}

impl Depth {
    /// The depth of the next access of this thread.
    #[inline]
    pub(super) fn of_this_thread() -> Self {
        if held::any() { Self::Nested } else { Self::Outermost }
    }
}

impl Buffer {
    #[inline(always)]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn enter(&self, mode: Mode, site: Site) -> Result<Inside<'_>> {
        self.enter_among(mode, site, Depth::of_this_thread(), &mut Patience::new(self.core.acquire_timeout()))
    }

    /// Enters one of several buffers that share one `Patience`: see [`Lease::enter`](crate::sync::Lease::enter).
    #[inline(always)]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn enter_among(
        &self,
        mode: Mode,
        site: Site,
        depth: Depth,
        patience: &mut Patience,
    ) -> Result<Inside<'_>> {
        self.core.check_process()?;
        match self.node.lease.enter(mode, site, depth == Depth::Nested, patience) {
            Ok(entered) => Ok(Inside { buffer: self, entered: Some(entered), not_send: PhantomData }),
            Err(refusal) => Err(self.refused(site, refusal, patience.timeout())),
        }
    }

    #[cold]
    fn refused(&self, site: Site, refusal: Refusal, timeout: Duration) -> Error {
        let counters = &self.core.counters;
        let (lock, site) = (LockName::of(Class::Access), SiteName::of(site));
        match refusal {
            Refusal::Doomed => Error::Destroyed,
            Refusal::Reentrant => {
                counters.accesses_refused.bump();
                Error::Reentrant { site }
            }
            Refusal::WouldDeadlock(holder) => {
                counters.accesses_refused.bump();
                Error::WouldDeadlock { lock, site, holder: Holder::of(holder) }
            }
            Refusal::WouldBlock(holder) => Error::WouldBlock { lock, site, holder: Holder::of(holder) },
            Refusal::TimedOut(holder) => {
                counters.note(|counters| &counters.acquire_timeouts);
                self.core.tell();
                Error::Timeout { lock, site, holder: Holder::of(holder), timeout }
            }
            Refusal::NoMemory(wanted) => {
                counters.memory.limits_reached.bump();
                Limit::Memory { wanted }.into()
            }
        }
    }
}

impl<'b> Inside<'b> {
    /// Makes the bytes reachable, in a session that conceals them.
    #[inline(always)]
    pub(super) fn reveal(self, access: Access) -> Result<Revealed<'b>> {
        let Buffer { core, node } = self.buffer;
        if core.pool.conceals() {
            let revealed = node.state(Site::StateReveal, &core.counters).reveal(access);
            revealed.map_err(|fault| core.pool.refused(fault))?;
        }
        Ok(Revealed(self))
    }
}

impl OnDrop for Revealed<'_> {
    #[inline]
    fn on_drop(&mut self) {
        let Buffer { core, node } = self.0.buffer;
        if core.pool.conceals() && core.is_here() {
            // In a statement of its own, so that BUFFER is released.
            let concealed = node.state(Site::StateConceal, &core.counters).conceal();
            if concealed.is_err() {
                core.counters.note(|counters| &counters.unconcealed);
            }
        }
    }
}

impl_drop!(Revealed<'_>);

impl OnDrop for Inside<'_> {
    #[inline]
    fn on_drop(&mut self) {
        let Buffer { core, node } = self.buffer;
        let Some(entered) = self.entered.take() else { return };
        if !core.is_here() {
            node.lease.leave_behind(entered);
            return;
        }
        if node.lease.leave(entered) {
            // SAFETY: `leave` made this thread the wiper.
            // The pool counts corruption. Whoever destroyed the buffer has already got `HandedOver`.
            let _ = unsafe { core.retire_handed_over(node) };
        }
        core.tell();
    }
}

impl_drop!(Inside<'_>);
