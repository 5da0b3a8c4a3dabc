//! Accesses: being inside a buffer, and the guards that give its bytes.

use super::Buffer;
use crate::memory::Access;
use crate::sync::{Class, Entered, Mode, OnDrop, Patience, Refusal, Site, cell, held, impl_drop};
use crate::{Error, Result};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// This thread is inside the buffer until this is dropped.
pub(super) struct Inside<'b> {
    buffer: &'b Buffer,
    /// `None` only while dropping.
    entered: Option<Entered>,
    /// Whether this access counts among those that keep the pages from being concealed.
    revealed: bool,
    /// The thread that entered must be the one that leaves.
    not_send: PhantomData<*const ()>,
}

impl Buffer {
    pub(super) fn enter(&self, mode: Mode, site: Site) -> Result<Inside<'_>> {
        self.enter_among(mode, site, held::any(), &mut Patience::new(self.core.acquire_timeout()))
    }

    /// Enters as one of several buffers, for as long as there is patience for all of them: see [`Lease::enter`](crate::sync::Lease::enter).
    fn enter_among(&self, mode: Mode, site: Site, nested: bool, patience: &mut Patience) -> Result<Inside<'_>> {
        self.core.check_process()?;
        let counters = &self.core.counters;
        match self.node.lease.enter(mode, site, nested, patience) {
            Ok(entered) => Ok(Inside { buffer: self, entered: Some(entered), revealed: false, not_send: PhantomData }),
            Err(Refusal::Doomed) => Err(Error::Destroyed),
            Err(Refusal::Reentrant) => {
                counters.accesses_refused.bump();
                Err(Error::Reentrant { site })
            }
            Err(Refusal::WouldDeadlock(holder)) => {
                counters.accesses_refused.bump();
                Err(Error::WouldDeadlock { class: Class::Access, site, holder })
            }
            Err(Refusal::WouldBlock(holder)) => Err(Error::WouldBlock { class: Class::Access, site, holder }),
            Err(Refusal::TimedOut(holder)) => {
                let timeout = patience.timeout();
                counters.acquire_timeouts.bump();
                log::warn!("an access at {site} gave up after {timeout:?}; last taken by {holder:?}");
                Err(Error::Timeout { class: Class::Access, site, holder, timeout })
            }
        }
    }

    pub(super) fn enter_to_read(&self, site: Site) -> Result<ReadGuard<'_>> {
        self.enter(Mode::Shared, site)?.reading()
    }

    pub(super) fn enter_to_read_among(
        &self,
        site: Site,
        nested: bool,
        patience: &mut Patience,
    ) -> Result<ReadGuard<'_>> {
        self.enter_among(Mode::Shared, site, nested, patience)?.reading()
    }

    pub(crate) fn enter_to_write(&self, site: Site) -> Result<WriteGuard<'_>> {
        self.enter(Mode::Exclusive, site)?.writing()
    }

    pub(super) fn enter_to_write_among(
        &self,
        site: Site,
        nested: bool,
        patience: &mut Patience,
    ) -> Result<WriteGuard<'_>> {
        self.enter_among(Mode::Exclusive, site, nested, patience)?.writing()
    }
}

impl<'b> Inside<'b> {
    fn reading(mut self) -> Result<ReadGuard<'b>> {
        self.reveal(Access::Read)?;
        let Buffer { core, node } = self.buffer;
        core.pool.backend().begin(node.data(), Access::Read);
        Ok(ReadGuard { _reading: node.guarded.get(), inside: self })
    }

    fn writing(mut self) -> Result<WriteGuard<'b>> {
        let Buffer { core, node } = self.buffer;
        // Freezing needs a shared access, so the answer stays true while this thread is inside.
        if self.buffer.is_frozen() {
            return Err(Error::Frozen);
        }
        self.reveal(Access::Write)?;
        core.pool.backend().begin(node.data(), Access::Write);
        Ok(WriteGuard { _writing: node.guarded.get_mut(), inside: self })
    }
}

impl Inside<'_> {
    /// Before the bytes are reached: makes them reachable, if this session conceals them.
    fn reveal(&mut self, access: Access) -> Result<()> {
        let Buffer { core, node } = self.buffer;
        if core.pool.conceals() {
            let revealed = node.state(Site::StateReveal, &core.counters).reveal(access);
            revealed.map_err(|fault| core.pool.refused(fault))?;
            self.revealed = true;
        }
        Ok(())
    }

    /// After the bytes were reached, and before anybody else may wipe or write them.
    fn conceal(&mut self) {
        let Buffer { core, node } = self.buffer;
        if !self.revealed {
            return;
        }
        let concealed = node.state(Site::StateConceal, &core.counters).conceal();
        if let Err(fault) = concealed {
            core.counters.unconcealed.bump();
            log::warn!("a buffer stays readable: it could not be concealed again (error {})", fault.errno);
        }
    }
}

impl OnDrop for Inside<'_> {
    fn on_drop(&mut self) {
        let node = &self.buffer.node;
        let Some(entered) = self.entered.take() else { return };
        if !self.buffer.core.is_here() {
            node.lease.leave_behind(entered);
            return;
        }
        let _leaves = Leaving { buffer: self.buffer, entered: Some(entered) };
        self.conceal();
    }
}

impl_drop!(Inside<'_>);

/// The end of an access: it comes also when a panic of ours unwinds from concealing.
struct Leaving<'b> {
    buffer: &'b Buffer,
    /// `None` only while dropping.
    entered: Option<Entered>,
}

impl OnDrop for Leaving<'_> {
    fn on_drop(&mut self) {
        let node = &self.buffer.node;
        let Some(entered) = self.entered.take() else { return };
        if node.lease.leave(entered) {
            // SAFETY: `leave` made this thread the wiper.
            // Corruption found here is counted and logged; the user who destroyed the buffer was told that it was handed over.
            let _ = unsafe { self.buffer.core.retire_handed_over(node) };
        }
    }
}

impl_drop!(Leaving<'_>);

/// Read access to a buffer's bytes, until it is dropped. Any number of threads can have one at a time.
///
/// Stays on the thread that took it. If the buffer is destroyed or purged meanwhile, the bytes stay readable here and are
/// wiped when the last guard is dropped.
///
/// ```
/// let buffer = memguard::Buffer::from_bytes(&mut *b"secret".to_vec())?;
/// let bytes = buffer.read()?;
/// assert_eq!(&bytes[..], b"secret");
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct ReadGuard<'b> {
    // Dropped before `inside`: the fields are dropped in this order.
    _reading: cell::ConstPtr<()>,
    inside: Inside<'b>,
}

/// Write access to a buffer's bytes, until it is dropped. Only one thread can have one at a time.
///
/// Stays on the thread that took it. If the buffer is destroyed or purged meanwhile, the bytes stay usable here and are
/// wiped when the guard is dropped.
///
/// ```
/// let buffer = memguard::Buffer::new(4)?;
/// buffer.write()?.copy_from_slice(&[1, 2, 3, 4]);
/// assert_eq!(buffer.read()?[3], 4);
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct WriteGuard<'b> {
    // Dropped before `inside`: the fields are dropped in this order.
    _writing: cell::MutPtr<()>,
    inside: Inside<'b>,
}

impl Deref for ReadGuard<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let node = &self.inside.buffer.node;
        // SAFETY: this thread is inside shared: the pages are mapped, and nobody writes or wipes until it leaves.
        unsafe { std::slice::from_raw_parts(node.data().as_ptr(), node.len()) }
    }
}

impl Deref for WriteGuard<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let node = &self.inside.buffer.node;
        // SAFETY: this thread is inside alone: the pages are mapped, and nobody else reaches them until it leaves.
        unsafe { std::slice::from_raw_parts(node.data().as_ptr(), node.len()) }
    }
}

impl DerefMut for WriteGuard<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        let node = &self.inside.buffer.node;
        // SAFETY: this thread is inside alone, the pages are writable (it is not frozen, and freezing needs an access), and
        // `&mut self` keeps other references from this guard away.
        unsafe { std::slice::from_raw_parts_mut(node.data().as_ptr(), node.len()) }
    }
}

impl fmt::Debug for ReadGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadGuard").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for WriteGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteGuard").field("len", &self.len()).finish_non_exhaustive()
    }
}
