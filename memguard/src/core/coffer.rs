//! The coffer: keeps the session's key split in two halves, in locked pages, and splits it anew on demand.
//!
//! One half alone reveals nothing about the key. A thread that needs the key gets a copy in a locked slot of its own,
//! and holds COFFER only while the copy is made. Under COFFER no randomness is drawn, no slot is taken or wiped and no
//! stack is cleared. A thread that holds COFFER waits only for BUFFERS, and only during a purge.

use crate::core::counters::Counters;
use crate::crypto::{self, KEY_LEN};
use crate::error::{Holder, LockName, SiteName};
use crate::memory::{Half, Pool, System};
use crate::sync::{Class, LastHolder, Mutex, MutexGuard, Poisoned, Site, TryLockError, Wish};
use crate::{Error, Result, clear};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Whether there was a key when COFFER was last held to view it. A guess, which saves taking COFFER twice.
    may_have_key: AtomicBool,
    /// The key was used, so it is to be split anew. Or a purge came, so there are slots to give back.
    wish: Arc<Wish>,
    last_holder: LastHolder,
    counters: Arc<Counters>,
}

#[derive(Debug)]
pub(crate) struct State {
    /// The halves. No one over-read yields both: see [`Half`]. All zero while there is no key.
    left: Half,
    right: Half,
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
        let (left, right) = Half::pair(pool, KEY_LEN)?;
        let state = State { left, right, key: None };
        Ok(Self {
            state: Mutex::new(Class::Coffer, state),
            may_have_key: AtomicBool::new(false),
            wish: Arc::default(),
            last_holder: LastHolder::default(),
            counters,
        })
    }

    /// The wish for a visit of the rekey thread.
    pub(crate) fn wish(&self) -> &Arc<Wish> {
        &self.wish
    }

    /// Copies the key into `out` and returns its name. Makes a key if there is none. With `wanted`, copies only the key
    /// of that name. The caller [clears](crate::clear) what this leaves on the stack.
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
        // No system call is made under COFFER, so a new key is drawn before. If another thread was faster, this one
        // takes its key.
        let mut needs_key = wanted.is_none() && !self.may_have_key.load(Ordering::Relaxed);
        loop {
            let drawn = if needs_key { Some(NewKey::draw(backend)?) } else { None };
            if let Some(id) = self.view_key_in_force(wanted, timeout, drawn, out)? {
                return Ok(id);
            }
            // The mark was old: a purge has just taken the key.
            needs_key = true;
        }
    }

    /// The same, but makes no key: puts a `drawn` one in place if there is none. `None` if there is still no key.
    fn view_key_in_force(
        &self,
        wanted: Option<KeyId>,
        timeout: Duration,
        drawn: Option<NewKey>,
        out: &mut [u8],
    ) -> Result<Option<KeyId>> {
        let mut state = match self.state.lock_timed(Site::CofferView, timeout) {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => self.repaired(poisoned),
            Err(TryLockError::WouldBlock) => {
                self.counters.note(|counters| &counters.acquire_timeouts);
                let holder = self.last_holder.get();
                let (lock, site) = (LockName::of(Class::Coffer), SiteName::of(Site::CofferView));
                return Err(Error::Timeout { lock, site, holder: Holder::of(holder), timeout });
            }
        };
        let noted = self.last_holder.note(Site::CofferView);
        if let (None, None, Some(drawn)) = (&state.key, wanted, drawn) {
            state.install(drawn);
        }
        self.may_have_key.store(state.key.is_some(), Ordering::Relaxed);
        self.wish.want();
        let id = state.key.as_ref().map(|known| known.id);
        let viewed = match (id, wanted) {
            (None, None) => Ok(None),
            (Some(id), wanted) if wanted.is_none_or(|wanted| wanted == id) => {
                crypto::join_key(state.left.bytes(), state.right.bytes(), out);
                Ok(Some(id))
            }
            _ => Err(Error::KeyGone),
        };
        self.last_holder.forget(noted);
        viewed
    }

    /// Splits the key anew, if COFFER is free. Either both halves change or none does. The caller
    /// [clears](crate::clear) what this leaves on the stack.
    ///
    /// # Errors
    /// [`Error::System`] if the system gives no randomness. The old split stays in force.
    pub(crate) fn rekey(&self, backend: &System) -> Result<Rekey> {
        // This half is on the stack for a moment, as it is inside BLAKE3. So a rekey needs no locked memory.
        let mut new_right = [0; KEY_LEN];
        backend.random(&mut new_right)?;
        let mut state = match self.state.try_lock(Site::CofferRekey) {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => self.repaired(poisoned),
            Err(TryLockError::WouldBlock) => {
                self.counters.note(|counters| &counters.rekeys_skipped);
                return Ok(Rekey::Skipped);
            }
        };
        let noted = self.last_holder.note(Site::CofferRekey);
        let result = match &state.key {
            None => Rekey::NoKey,
            Some(_) => {
                state.resplit(&new_right);
                self.counters.rekeys.bump();
                Rekey::Done
            }
        };
        self.last_holder.forget(noted);
        Ok(result)
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
    fn install(&mut self, drawn: NewKey) {
        self.left.bytes_mut().copy_from_slice(&drawn.left);
        self.right.bytes_mut().copy_from_slice(&drawn.right);
        self.key = Some(drawn.known);
    }

    /// Wipes both halves. The next view makes a new key.
    pub(crate) fn destroy_key(&mut self) {
        self.key = None;
        self.left.bytes_mut().zeroize();
        self.right.bytes_mut().zeroize();
    }

    fn resplit(&mut self, new_right: &[u8; KEY_LEN]) {
        let (left, right) = (self.left.bytes_mut(), self.right.bytes_mut());
        let change = crypto::change_of_left(right, new_right);
        // The commit. Nothing in it can fail.
        left.iter_mut().zip(change).for_each(|(left, change)| *left ^= change);
        right.copy_from_slice(new_right);
    }

    fn is_sound(&self) -> bool {
        let fingerprint = || crypto::fingerprint(self.left.bytes(), self.right.bytes());
        self.key.as_ref().is_none_or(|known| clear::after_cipher(fingerprint) == known.fingerprint)
    }
}

/// A key that is not in force yet. It is on the stack for a moment, as a key is inside the cipher.
struct NewKey {
    left: [u8; KEY_LEN],
    right: [u8; KEY_LEN],
    known: Known,
}

impl NewKey {
    fn draw(backend: &System) -> Result<Self> {
        let mut drawn = [0; size_of::<KeyId>() + 2 * KEY_LEN];
        backend.random(&mut drawn)?;
        // Two random halves are the split of a random key.
        let (mut id, mut left, mut right) = (KeyId::default(), [0; KEY_LEN], [0; KEY_LEN]);
        let (of_id, halves) = drawn.split_at(id.len());
        let (of_left, of_right) = halves.split_at(KEY_LEN);
        id.copy_from_slice(of_id);
        left.copy_from_slice(of_left);
        right.copy_from_slice(of_right);
        let fingerprint = crypto::fingerprint(&left, &right);
        Ok(Self { left, right, known: Known { id, fingerprint } })
    }
}
