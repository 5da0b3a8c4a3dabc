//! Sessions: a coffer, a registry, a page pool, a rekey thread and counters, isolated from every other session.

mod builder;
mod health;
mod readers;
mod rekey;

pub use builder::SessionBuilder;
pub use health::Health;

use crate::core::{Core, PurgeReport};
use crate::memory::Audit;
use crate::sync::{OnDrop, Site, impl_drop};
use crate::{Buffer, Enclave, Rekey, Result, Stream};
use once_cell::race::OnceBox;
use rekey::RekeyThread;
use std::fmt;
use std::sync::Arc;

/// An isolated set of secrets with its own key, registry, pages, counters and rekey thread.
///
/// Ends when it is dropped or closed: its rekey thread is joined, its key destroyed and its buffers wiped. Buffers and
/// enclaves that outlive it answer with errors. To share a session, put it into an [`Arc`].
///
/// [`Buffer::new`] and the free functions of the crate use one default session that lasts as long as the process.
///
/// # In a forked child
///
/// A session goes on in the child as a new, empty one of the same configuration, built on first use. Buffers, enclaves and
/// streams of before belong to the parent: in the child they answer with [`Error::Forked`](crate::Error::Forked), and their
/// pages are zero there. No lock is held around the fork and no lock of the parent is touched in the child, so a fork is safe at any moment.
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
    core: Arc<Core>,
    rekey_thread: Option<RekeyThread>,
    /// What this session is in a forked child: built there on first use.
    in_child: OnceBox<Session>,
}

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
        let core = Arc::new(Core::new(&builder)?);
        let rekey_thread = match builder.rekey_interval {
            Some(interval) => Some(RekeyThread::start(Arc::clone(&core), interval)?),
            None => None,
        };
        Ok(Self { builder, core, rekey_thread, in_child: OnceBox::new() })
    }

    /// The session itself; in a forked child the one that is built there in its place. Racing threads each build one and
    /// one wins, so nobody waits.
    fn here(&self) -> Result<&Self> {
        if self.core.is_here() {
            return Ok(self);
        }
        let build = || Ok(Box::new(Self::from_builder(self.builder.in_child())?));
        self.in_child.get_or_try_init(build)?.here()
    }

    /// Like [`here`](Self::here), without building anything: what is not built has no secrets.
    fn found_here(&self) -> Option<&Self> {
        if self.core.is_here() { Some(self) } else { self.in_child.get()?.found_here() }
    }

    fn core(&self) -> Result<&Arc<Core>> {
        Ok(&self.here()?.core)
    }

    /// A mutable buffer of `len` zero bytes.
    ///
    /// # Errors
    /// As [`Buffer::new`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer(8)?.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer(&self, len: usize) -> Result<Buffer> {
        Buffer::create(self.core()?, len)
    }

    /// A frozen buffer with the bytes of `source`, which is wiped.
    ///
    /// # Errors
    /// As [`Buffer::from_bytes`]. `source` is then unchanged.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_bytes(&mut [1, 2, 3])?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer_from_bytes(&self, source: &mut [u8]) -> Result<Buffer> {
        let buffer = Buffer::create(self.core()?, source.len())?;
        buffer.enter_to_write(Site::BufferFill)?.copy_from_slice(source);
        buffer.freeze()?;
        zeroize::Zeroize::zeroize(source);
        Ok(buffer)
    }

    /// A frozen buffer of `len` random bytes.
    ///
    /// # Errors
    /// As [`Buffer::random`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(!session.buffer_random(32)?.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer_random(&self, len: usize) -> Result<Buffer> {
        let buffer = Buffer::create(self.core()?, len)?;
        buffer.scramble_at(Site::BufferFill)?;
        buffer.freeze()?;
        Ok(buffer)
    }

    /// Encrypts `source` under the session's key and wipes it.
    ///
    /// # Errors
    /// As [`Enclave::new`]. `source` is then unchanged.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.enclave(&mut [1, 2, 3])?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave(&self, source: &mut [u8]) -> Result<Enclave> {
        let enclave = Enclave::seal(self.core()?, source)?;
        zeroize::Zeroize::zeroize(source);
        Ok(enclave)
    }

    /// An enclave of `len` random bytes.
    ///
    /// # Errors
    /// As [`Enclave::random`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert_eq!(session.enclave_random(32)?.open()?.len(), 32);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_random(&self, len: usize) -> Result<Enclave> {
        let core = self.core()?;
        let mut secret = core.pool.scratch(len)?;
        let backend = core.pool.backend();
        backend.random(&mut secret).map_err(|fault| backend.explain(fault, 0))?;
        Enclave::seal(core, &secret)
    }

    /// The enclave whose [`sealed`](Enclave::sealed) bytes these are, kept meanwhile wherever ciphertext may be kept.
    ///
    /// Only the session that sealed them, and only until its next purge, can open them: the key is never exported.
    ///
    /// # Errors
    /// [`Error::SealedTooShort`](crate::Error::SealedTooShort), or [`Error::Tampered`](crate::Error::Tampered) if the first
    /// byte is not the format's. Anything else is found out by [`Enclave::open`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let stored = session.enclave(&mut [1, 2, 3])?.sealed().to_vec();
    /// assert!(session.enclave_from_sealed(&stored)?.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn enclave_from_sealed(&self, sealed: &[u8]) -> Result<Enclave> {
        Enclave::from_sealed(self.core()?, sealed)
    }

    /// An empty stream.
    ///
    /// # Errors
    /// [`Error::SessionEnded`](crate::Error::SessionEnded); in a forked child also as [`SessionBuilder::build`].
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.stream()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn stream(&self) -> Result<Stream> {
        Stream::create(self.core()?)
    }

    /// Destroys the key and wipes every buffer. Works at any time, also inside accesses: what is in use is handed over.
    ///
    /// When it returns, no buffer made before the call is alive. Of two purges at once each wipes the buffers that it took, so
    /// one may return while the other still wipes its own.
    ///
    /// Enclaves sealed before can never be opened again. The session goes on with a new key.
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
        rekey::step(self.core()?)
    }

    /// Whether the buffer is alive and belongs to this session. Compares identities and never waits.
    ///
    /// ```
    /// let (a, b) = (memguard::Session::new()?, memguard::Session::new()?);
    /// let buffer = a.buffer(8)?;
    /// assert!(a.exists(&buffer) && !b.exists(&buffer));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn exists(&self, buffer: &Buffer) -> bool {
        self.found_here().is_some_and(|here| Arc::ptr_eq(&here.core, &buffer.core)) && buffer.is_alive()
    }

    /// Counts of everything, degraded outcomes included.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let _buffer = session.buffer(8)?;
    /// assert_eq!(session.health().live_buffers, 1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn health(&self) -> Health {
        self.found_here().map(|here| here.core.health()).unwrap_or_default()
    }

    /// Looks at every byte of every free page slot: each must be zero.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// drop(session.buffer_random(64)?);
    /// assert_eq!(session.audit().dirty_slots, 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn audit(&self) -> Audit {
        self.found_here().map(|here| here.core.pool.audit()).unwrap_or_default()
    }

    /// Ends the session, as dropping it does, and says what was wiped.
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
            // Its thread is joined when it is dropped with this.
            return self.found_here().map(|here| here.core.end()).unwrap_or_default();
        }
        // Joined first: the thread holds the core, whose pages are given back when the last holder lets go.
        drop(self.rekey_thread.take());
        self.core.end()
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
