//! The coffer: keeps the session's key split in two halves, in locked pages, and splits it anew on demand.
//!
//! One half alone reveals nothing about the key. A thread that needs the key gets a copy in a locked slot of its own,
//! and holds COFFER only while the copy is made. A thread that holds COFFER waits only for BUFFERS, and only during a
//! purge.

use crate::core::counters::Counters;
use crate::crypto::{self, KEY_LEN};
use crate::error::{Holder, LockName, SiteName};
use crate::memory::{Pool, Slot, System};
use crate::sync::{Class, LastHolder, Mutex, MutexGuard, Poisoned, Site, TryLockError};
use crate::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroize;

/// Names one key among all keys of all sessions and processes. It reveals nothing about the key.
pub(crate) type KeyId = [u8; 16];

/// The result of an attempt to split the key anew.
///
/// ```
/// use memguard::{Rekey, Session};
/// let session = Session::builder().rekey_interval(None).build()?;
/// assert_eq!(session.rekey()?, Rekey::NoKey);
/// let sealed = session.enclave(&mut [1, 2, 3])?;
/// assert_eq!(session.rekey()?, Rekey::Done);
/// assert!(sealed.open()?.equals(&[1, 2, 3])?);
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a skipped rekey changed nothing: check for Skipped"]
#[non_exhaustive]
pub enum Rekey {
    /// The halves are new; the key they make is the same.
    Done,
    /// There is no key: none was made yet, or none was made since the last purge.
    NoKey,
    /// Another thread held COFFER, and nothing changed. This is counted in
    /// [`Degraded::rekeys_skipped`](crate::Degraded).
    Skipped,
}

#[derive(Debug)]
pub(crate) struct Coffer {
    state: Mutex<State>,
    last_holder: LastHolder,
    counters: Arc<Counters>,
}

#[derive(Debug)]
pub(crate) struct State {
    /// Both halves, left first. All zero while there is no key.
    halves: Slot,
    /// Where a new split is prepared. All zero at other times.
    spare: Slot,
    key: Option<Known>,
}

/// What is known about the key without joining its halves.
#[derive(Debug)]
struct Known {
    id: KeyId,
    /// Shows after a panic whether the halves still make the same key.
    fingerprint: [u8; 16],
}

impl Coffer {
    pub(crate) fn new(pool: &Pool, counters: Arc<Counters>) -> Result<Self> {
        let state = State { halves: pool.take_pages(2 * KEY_LEN)?, spare: pool.take_pages(2 * KEY_LEN)?, key: None };
        Ok(Self { state: Mutex::new(Class::Coffer, state), last_holder: LastHolder::default(), counters })
    }

    /// Copies the key into `out` and returns its name. Makes a key if there is none. With `wanted`, copies only the key
    /// of that name.
    ///
    /// # Errors
    /// [`Error::KeyGone`] if `wanted` is not the key in force. [`Error::Timeout`] if COFFER stays held.
    /// [`Error::System`] if the system gives no randomness for a new key. `out` is then unchanged.
    pub(crate) fn view(
        &self,
        wanted: Option<KeyId>,
        timeout: Duration,
        backend: &System,
        out: &mut [u8],
    ) -> Result<KeyId> {
        let mut state = match self.state.lock_timed(Site::CofferView, timeout) {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => self.repaired(poisoned),
            Err(TryLockError::WouldBlock) => {
                self.counters.note(|counters| &counters.acquire_timeouts);
                let holder = self.last_holder.get();
                let (lock, site) = (LockName::of(Class::Coffer), SiteName::of(Site::CofferView));
                return Err(Error::Timeout { lock, site, holder: holder.map(Holder::of), timeout });
            }
        };
        self.last_holder.note(Site::CofferView);
        let id = match (&state.key, wanted) {
            (Some(known), None) => Ok(known.id),
            (Some(known), Some(wanted)) if known.id == wanted => Ok(known.id),
            (_, Some(_)) => Err(Error::KeyGone),
            (None, None) => state.create_key(backend),
        };
        if id.is_ok() {
            state.join_into(out);
        }
        self.last_holder.forget_this_thread();
        id
    }

    /// Splits the key anew, if COFFER is free. Either both halves change or none does.
    ///
    /// # Errors
    /// [`Error::System`] if the system gives no randomness. The old split stays in force.
    pub(crate) fn rekey(&self, backend: &System) -> Result<Rekey> {
        let mut state = match self.state.try_lock(Site::CofferRekey) {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => self.repaired(poisoned),
            Err(TryLockError::WouldBlock) => {
                self.counters.note(|counters| &counters.rekeys_skipped);
                return Ok(Rekey::Skipped);
            }
        };
        self.last_holder.note(Site::CofferRekey);
        let result = match &state.key {
            None => Ok(Rekey::NoKey),
            Some(_) => state.resplit(backend).map(|()| Rekey::Done),
        };
        if result == Ok(Rekey::Done) {
            self.counters.rekeys.bump();
        }
        self.last_holder.forget_this_thread();
        result
    }

    /// Takes COFFER for a purge.
    pub(crate) fn for_purge(&self) -> MutexGuard<'_, State> {
        self.state.lock(Site::CofferPurge).unwrap_or_else(|poisoned| self.repaired(poisoned))
    }

    /// Recovers from a panic inside the library that unwound over COFFER. A split is committed in one step, so the
    /// halves should be sound. The fingerprint decides. Halves that make another key would open nothing, so they are
    /// destroyed.
    fn repaired<'a>(&self, poisoned: Poisoned<MutexGuard<'a, State>>) -> MutexGuard<'a, State> {
        let mut state = poisoned.into_inner();
        self.counters.note(|counters| &counters.poison_recoveries);
        if !state.is_sound() {
            state.destroy_key();
            self.counters.note(|counters| &counters.keys_lost);
        }
        state
    }
}

impl State {
    fn create_key(&mut self, backend: &System) -> Result<KeyId> {
        let mut id = KeyId::default();
        backend.random(&mut id)?;
        // Two random halves are the split of a random key.
        if let Err(error) = backend.random(self.halves.bytes_mut()) {
            self.halves.bytes_mut().zeroize();
            return Err(error.into());
        }
        let fingerprint = self.fingerprint();
        self.key = Some(Known { id, fingerprint });
        Ok(id)
    }

    /// Wipes both halves. The next view makes a new key.
    pub(crate) fn destroy_key(&mut self) {
        self.key = None;
        self.halves.bytes_mut().zeroize();
        self.spare.bytes_mut().zeroize();
    }

    fn join_into(&self, out: &mut [u8]) {
        let (left, right) = self.halves.bytes().split_at(KEY_LEN);
        crypto::join_key(left, right, out);
    }

    fn resplit(&mut self, backend: &System) -> Result<()> {
        let (left, right) = self.halves.bytes().split_at(KEY_LEN);
        let (new_left, new_right) = self.spare.bytes_mut().split_at_mut(KEY_LEN);
        if let Err(error) = backend.random(new_right) {
            self.spare.bytes_mut().zeroize();
            return Err(error.into());
        }
        crypto::resplit(left, right, new_right, new_left);
        // The commit: until here the old split is whole, from here the new one is.
        std::mem::swap(&mut self.halves, &mut self.spare);
        self.spare.bytes_mut().zeroize();
        Ok(())
    }

    fn is_sound(&mut self) -> bool {
        match &self.key {
            None => true,
            Some(known) => {
                let stated = known.fingerprint;
                self.fingerprint() == stated
            }
        }
    }

    fn fingerprint(&mut self) -> [u8; 16] {
        let (left, right) = self.halves.bytes().split_at(KEY_LEN);
        let (key, _) = self.spare.bytes_mut().split_at_mut(KEY_LEN);
        crypto::join_key(left, right, key);
        let fingerprint = crypto::fingerprint(key);
        self.spare.bytes_mut().zeroize();
        fingerprint
    }
}
