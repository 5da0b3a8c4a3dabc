//! Compares an answer about shared things with what other threads can have done.

use super::check::exact;
use super::shared_state::{Entered, SharedBuffer, SharedEnclave};
use super::state::Actor;
use crate::ops::tagged;
use crate::ops::tally::Told;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How a call asks for an access.
#[derive(Clone, Copy)]
pub(super) struct Access {
    pub(super) writes: bool,
    /// The call does not wait.
    pub(super) tries: bool,
}

pub(super) const READS: Access = Access { writes: false, tries: false };
pub(super) const WRITES: Access = Access { writes: true, tries: false };
pub(super) const TRIES_TO_READ: Access = Access { writes: false, tries: true };
pub(super) const TRIES_TO_WRITE: Access = Access { writes: true, tries: true };

impl Actor<'_> {
    /// Checks the answer of a call on a shared buffer. Returns `None` for an error that other threads can have caused.
    pub(super) fn check_shared<T>(
        &self,
        call: &str,
        shared: &Arc<SharedBuffer>,
        got: memguard::Result<T>,
        access: Access,
    ) -> Result<Option<T>, Violation> {
        let may_succeed = got.is_err() || call == "destroy" || !self.excludes(shared, access);
        Violation::unless(may_succeed, Guarantee::Exact, || {
            format!("{call} (shared) succeeded inside a conflicting access of the same thread")
        })?;
        let others = !self.environment.alone;
        self.judge(call, got, |error| match error {
            // `try_clone` and `open` also return this if a purge took only the new buffer.
            Error::Destroyed => !shared.buffer.is_alive() || self.environment.purges.is_some(),
            Error::Frozen => access.writes && shared.frozen.load(Ordering::SeqCst),
            Error::Reentrant { .. } => self.excludes(shared, access),
            Error::WouldDeadlock { .. } => others && self.accesses > 0,
            Error::WouldBlock { .. } => others && access.tries,
            error => self.is_excused(error),
        })
    }

    /// Checks the answer of a call that creates, seals or opens something and waits for no access.
    pub(super) fn check_making<T>(
        &self,
        call: &str,
        got: memguard::Result<T>,
        needs_key: bool,
    ) -> Result<Option<T>, Violation> {
        let purged = self.environment.purges.is_some();
        self.judge(call, got, |error| match error {
            Error::Destroyed => purged,
            Error::KeyGone => needs_key && (purged || self.tally.has(Told::Purged)),
            error => self.is_excused(error),
        })
    }

    /// Notes an error. Returns `None` for one that may be returned.
    fn judge<T>(
        &self,
        call: &str,
        got: memguard::Result<T>,
        may_be_returned: impl FnOnce(&Error) -> bool,
    ) -> Result<Option<T>, Violation> {
        let Err(error) = &got else { return Ok(got.ok()) };
        self.tally.error(error);
        if may_be_returned(error) { Ok(None) } else { Err(Violation::unexpected(format!("{call} (shared)"), error)) }
    }

    /// Reads a buffer that no other thread has. It must hold one whole tagged secret: the one with this id, if an `id`
    /// is given.
    pub(super) fn check_tagged(&self, call: &str, buffer: &Buffer, id: Option<u64>) -> Result<(), Violation> {
        let got = buffer.with_data(|bytes| tagged::check(self.seed, bytes));
        match self.check_making(call, got, false)? {
            Some(Ok(found)) if id.is_some_and(|id| id != found) => {
                Err(Violation::new(Guarantee::Exact, format!("{call}: secret {found:#x} instead of {id:#x?}")))
            }
            Some(seen) => whole(seen.map(drop)),
            None => Ok(()),
        }
    }

    /// Whether this thread holds an access that conflicts with this one.
    pub(super) fn excludes(&self, shared: &Arc<SharedBuffer>, access: Access) -> bool {
        self.entered_in(shared).any(|entered| entered.writes || access.writes)
    }

    /// Whether this thread is inside.
    pub(super) fn is_inside(&self, shared: &Arc<SharedBuffer>) -> bool {
        self.entered_in(shared).next().is_some()
    }

    fn entered_in(&self, shared: &Arc<SharedBuffer>) -> impl Iterator<Item = &Entered> {
        self.entered.iter().filter(move |entered| Arc::ptr_eq(&entered.shared, shared))
    }

    /// Whether this thread is in a callback that looks at a copy of it.
    fn has_a_copy(&self, shared: &Arc<SharedBuffer>) -> bool {
        self.callbacks.iter().any(|there| Arc::ptr_eq(there, shared))
    }

    /// How many shared buffers are alive, and how many of them this thread uses.
    pub(super) fn living_shared(&self) -> (u64, u64) {
        let there = self.shared.map_or_else(Vec::new, |shared| shared.buffers.all());
        let entered = self.entered.iter().map(|entered| Arc::clone(&entered.shared));
        let kept = entered.chain(self.callbacks.iter().cloned());
        let all = distinct(there.into_iter().chain(kept).filter(|shared| shared.buffer.is_alive()));
        let in_use = |shared: &&Arc<SharedBuffer>| self.is_inside(shared) || self.has_a_copy(shared);
        (all.len() as u64, all.iter().filter(in_use).count() as u64)
    }

    /// How many destroyed shared buffers this thread still uses.
    pub(super) fn handed_over_shared(&self) -> u64 {
        let entered = self.entered.iter().map(|entered| Arc::clone(&entered.shared));
        let used = entered.chain(self.callbacks.iter().cloned());
        distinct(used.filter(|shared| !shared.buffer.is_alive())).len() as u64
    }

    /// What is shared now.
    pub(super) fn shared_now(&self) -> SharedBefore {
        self.shared.map(|shared| (shared.buffers.all(), shared.enclaves.all())).unwrap_or_default()
    }

    /// Checks after a purge that no buffer shared before it is alive, and that no enclave shared before it opens.
    pub(super) fn check_purged(&self, (buffers, enclaves): &SharedBefore) -> Result<(), Violation> {
        let is_left = buffers.iter().any(|shared| shared.buffer.is_alive());
        Violation::unless(!is_left, Guarantee::Wiped, || "a purge returned and left a shared buffer alive")?;
        enclaves.iter().try_for_each(|shared| {
            let opened = self.check_making("open after a purge", shared.enclave.open(), true)?;
            Violation::unless(opened.is_none(), Guarantee::Wiped, || "an enclave sealed before a purge opens after it")
        })
    }
}

/// The buffers and enclaves that were shared before a purge.
pub(super) type SharedBefore = (Vec<Arc<SharedBuffer>>, Vec<Arc<SharedEnclave>>);

pub(super) fn distinct(shared: impl Iterator<Item = Arc<SharedBuffer>>) -> Vec<Arc<SharedBuffer>> {
    shared.fold(Vec::new(), |mut all, shared| {
        if !all.iter().any(|other| Arc::ptr_eq(other, &shared)) {
            all.push(shared);
        }
        all
    })
}

/// A shared secret that is torn, wiped or foreign breaks EXACT.
pub(super) fn whole(seen: Result<(), String>) -> Result<(), Violation> {
    seen.map_err(|how| exact(format!("a shared secret: {how}")))
}
