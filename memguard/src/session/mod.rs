//! Sessions: a coffer, a registry, a page pool and counters, isolated from every other session.
//!
//! This file defines a session. The files [`buffers`], [`enclaves`] and [`streams`] make handles: they import the
//! handles, and the handles import this file.

pub(crate) mod buffers;
mod builder;
mod default;
mod enclaves;
mod health;
mod rekey;
mod secret_vecs;
#[cfg(feature = "zerocopy")]
mod secrets;
mod streams;

pub use builder::SessionBuilder;
pub use health::Health;

use crate::Result;
use crate::core::{Core, Listed, NEIGHBOURS, PurgeReport, Rekey};
use crate::memory::{Audit, MemoryError};
use crate::sync::{OnDrop, ShardArc, ShardArcs, impl_drop};
use once_cell::race::OnceBox;
use rekey::RekeyVisits;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use zeroize::ZeroizeOnDrop;

/// An isolated set of secrets with its own key, registry, pages and counters. One rekey thread serves all sessions of
/// the process that have an [interval](SessionBuilder::rekey_interval). An idle session locks 64 bytes, for its key,
/// on pages that all sessions share: see [`Health::key_pages`].
///
/// A session ends when it is dropped or closed: the rekey thread leaves it, its key is destroyed and its buffers wiped.
/// Buffers and enclaves that outlive it answer with errors. To share a session, put it into an [`Arc`](std::sync::Arc).
/// `memguard/examples/tenants.rs` has a session for each tenant of a service. The tests of
/// [`manual::tests`](crate::manual::tests) have one each.
///
/// [`Buffer::new`](crate::Buffer::new) and the free functions of the crate use one default session that lasts as long
/// as the process. [`SessionBuilder::build_default`] configures it.
///
/// # What wipes what
///
/// | call | reaches | then |
/// |---|---|---|
/// | dropping a session, [`close`](Self::close) | that session | it has ended |
/// | [`Session::purge`] | that session | it goes on with a new key |
/// | [`purge`](crate::purge()) | the default session, if it was used | it goes on with a new key |
/// | [`purge_all`](crate::purge_all) | every session of the process | they go on with new keys |
/// | [`safe_panic`](crate::safe_panic) | every session of the process | the call panics |
/// | [`safe_panic_any`](crate::safe_panic_any) | every session of the process | the call panics with its payload |
/// | [`safe_exit`](crate::safe_exit) | every session of the process | the process exits |
/// | a signal that is [caught](crate::catch_signal()) | every session of the process, after the handler | it exits |
///
/// *Every session* is the default one and each that any thread or library has built and that has not ended. A session
/// that is reached loses its key and its buffers. Without the key nothing opens its enclaves, their clones, their
/// sealed bytes, and what waits in its streams. What is in use at that moment is wiped by the last thread that uses it:
/// see [`purge`](Self::purge).
///
/// No purge reaches:
///
/// - what other threads make after the purge. They run until the process ends. A session that is built while every
///   session is purged may be left as it is;
/// - the sessions of other processes. A forked child and its parent each purge their own;
/// - copies that you made outside this library.
///
/// No purge runs if the process ends in another way: by a return from `main`, [`std::process::exit`], an abort, or a
/// signal that is not caught. A return from `main` drops the sessions in its variables, but none in a static, such as
/// the default one. The other ways drop none. What is not wiped, the kernel clears before it gives the pages to anyone
/// else.
///
/// # Secrets that expire
///
/// A secret has no deadline of its own. For that, the library would need a list of secrets by time, to which every
/// thread that makes or drops a secret would write, and a thread that wakes for each. Use the timer that your program
/// already has:
///
/// - For one buffer, the timer calls [`Buffer::destroy`](crate::Buffer::destroy). It shares the buffer, in an `Arc`.
/// - For enclaves, and for secrets that expire together, build a session. The timer owns it and calls
///   [`close`](Self::close). Then nothing opens the enclaves, their clones and their sealed bytes, wherever they are.
///
/// Both calls work at any time. If other threads use a secret at that moment, the last of them wipes it.
///
/// ```
/// use memguard::{Buffer, Error, Session};
/// use std::sync::Arc;
///
/// let key = Arc::new(Buffer::random(32)?);
/// let expire = {
///     let key = Arc::clone(&key);
///     move || key.destroy() // for the timer
/// };
/// let _wiped_or_in_use = expire()?;
/// assert_eq!(key.read().map(drop), Err(Error::Destroyed));
///
/// let until_midnight = Session::new()?;
/// let token = until_midnight.enclave(&mut [1, 2, 3])?;
/// let expire = move || until_midnight.close(); // for the timer
/// let _report = expire();
/// assert_eq!(token.open().map(drop), Err(Error::SessionEnded));
/// # Ok::<(), Error>(())
/// ```
///
/// # In a forked child
///
/// A session goes on in the child as a new, empty session of the same configuration, which is built on first use.
/// Buffers, enclaves and streams made before the fork belong to the parent. In the child they answer with
/// [`Error::Forked`](crate::Error::Forked), and their pages are zero there. No lock is held around the fork, and the
/// child touches no lock of its parent, so a fork is safe at any moment.
///
/// ```
/// let tenant = memguard::Session::new()?;
/// let secret = tenant.buffer_from_bytes(&mut [1, 2, 3])?;
/// drop(tenant);
/// assert!(!secret.is_alive());
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct Session {
    builder: SessionBuilder,
    core: ShardArcs<Core>,
    rekey_visits: Option<RekeyVisits>,
    /// Whether a purge of all sessions reaches this one.
    listed: Option<Listed>,
    /// The session that takes the place of this one in a forked child. Built there on first use.
    in_child: OnceBox<Session>,
}

// The core says why a panic leaves it valid. `in_child` is set in one atomic step, and the other fields do not change
// while the session lives.
impl UnwindSafe for Session {}
impl RefUnwindSafe for Session {}

/// Dropping a session wipes its key and its buffers. The last thread inside a buffer wipes that one as it leaves.
impl ZeroizeOnDrop for Session {}

impl Session {
    /// A session with the defaults of [`builder`](Self::builder).
    ///
    /// # Errors
    /// As [`SessionBuilder::build`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer(8)?.is_alive());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// Configures a session.
    ///
    /// ```
    /// let session = memguard::Session::builder().rekey_interval(None).build()?;
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn builder() -> SessionBuilder {
        SessionBuilder::new()
    }

    fn from_builder(builder: SessionBuilder) -> Result<Self> {
        if builder.forbid_core_dumps {
            crate::memory::forbid_core_dumps().map_err(MemoryError::from)?;
        }
        let core = ShardArcs::new(builder.config.shards, Core::new(&builder.config, NEIGHBOURS)?);
        let listed = Some(Listed::new(&core));
        let rekey_visits = match builder.rekey_interval {
            Some(interval) => Some(RekeyVisits::start(core.clone(), interval)?),
            None => None,
        };
        Ok(Self { builder, core, rekey_visits, listed, in_child: OnceBox::new() })
    }

    /// The session itself. In a forked child, the session that is built there in its place. Racing threads each build
    /// one, and one of these wins. So no thread waits.
    fn here(&self) -> Result<&Self> {
        if self.core.is_here() {
            return Ok(self);
        }
        let build = || Self::from_builder(self.builder.in_child()).map(Box::new);
        self.in_child.get_or_try_init(build)?.here()
    }

    /// Like [`here`](Self::here), but builds nothing. A session that is not built has no secrets.
    fn found_here(&self) -> Option<&Self> {
        if self.core.is_here() { Some(self) } else { self.in_child.get()?.found_here() }
    }

    /// What the handles of this session share.
    pub(crate) fn core(&self) -> Result<&ShardArc<Core>> {
        Ok(&self.here()?.core)
    }

    /// Destroys the key and wipes every buffer. Works at any time, even inside accesses. Buffers in use are handed
    /// over.
    ///
    /// When it returns, no buffer made before the call is alive. Each of them is zero, or is counted in
    /// [`PurgeReport::pending`]: a thread is still inside, or wipes it at that moment, and the report names it. Purges
    /// at the same time share the buffers, so none returns while there is one to wipe.
    ///
    /// Enclaves that were sealed before can never be opened again. The session goes on with a new key.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let buffer = session.buffer(8)?;
    /// assert_eq!(session.purge().wiped, 1);
    /// assert!(!buffer.is_alive() && session.buffer(8)?.is_alive());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn purge(&self) -> PurgeReport {
        self.found_here().map(|here| here.core.purge()).unwrap_or_default()
    }

    /// Splits the key anew, as the rekey thread does at its interval. Never waits.
    ///
    /// # Errors
    /// [`Error::System`](crate::Error::System) if the system gives no randomness; the old split stays in force.
    ///
    /// ```
    /// let session = memguard::Session::builder().rekey_interval(None).build()?;
    /// let enclave = session.enclave(&mut [1, 2, 3])?;
    /// assert_eq!(session.rekey()?, memguard::Rekey::Done);
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn rekey(&self) -> Result<Rekey> {
        let core = self.core()?;
        let _door = core.door();
        rekey::step(core)
    }

    /// Counts of everything, degraded outcomes included.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let _buffer = session.buffer(8)?;
    /// assert_eq!(session.health().live_buffers, 1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        self.found_here().map(|here| Health::of(&here.core)).unwrap_or_default()
    }

    /// Checks that every byte of every free page slot is zero.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// drop(session.buffer_random(64)?);
    /// assert_eq!(session.audit().dirty_slots, 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn audit(&self) -> Audit {
        self.found_here().map(|here| here.core.audit()).unwrap_or_default()
    }

    /// Ends the session, as dropping it does, and returns what was wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let _buffer = session.buffer(8)?;
    /// assert_eq!(session.close().wiped, 1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn close(mut self) -> PurgeReport {
        self.end()
    }

    fn end(&mut self) -> PurgeReport {
        if !self.core.is_here() {
            // The session of the child is dropped with this one, and its visits end then.
            return self.found_here().map(|here| here.core.end()).unwrap_or_default();
        }
        if self.listed.is_none() {
            // It was closed, and is dropped now.
            return PurgeReport::default();
        }
        // The visits end first, because they hold the core. The pages are given back when the last reference to the
        // core is dropped.
        drop(self.rekey_visits.take());
        let report = self.core.end();
        drop(self.listed.take());
        report
    }
}

impl SessionBuilder {
    /// Builds the session. Starts the rekey thread, if the session has an interval and the process has no such thread.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) if there is no locked memory for the coffer,
    /// [`Error::Control`](crate::Error::Control) if a control that the session requires does not work,
    /// [`Error::CipherUnavailable`](crate::Error::CipherUnavailable) if this processor cannot use the cipher, and
    /// [`Error::System`](crate::Error::System) if the system gives no randomness or no thread.
    ///
    /// ```
    /// let session = memguard::Session::builder().build()?;
    /// assert_eq!(session.health().live_buffers, 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn build(self) -> Result<Session> {
        Session::from_builder(self)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("health", &self.health()).finish_non_exhaustive()
    }
}

impl OnDrop for Session {
    fn on_drop(&mut self) {
        self.end();
    }
}

impl_drop!(Session);
