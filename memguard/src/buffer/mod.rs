//! Buffers: secrets in locked pages, reached through accesses.

mod access;
mod edit;
mod intake;
mod read_error;
mod reader;
mod together;
mod typed;
mod views;

pub use access::{ReadGuard, WriteGuard};
pub use read_error::{ReadCause, ReadError};
pub use reader::Reader;
pub use together::with_buffers;

use crate::core::Core;
use crate::core::Node;
use crate::sync::{Mode, OnDrop, Site, impl_drop};
use crate::{Disposal, Enclave, Error, Result, global};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A secret in locked pages between guard pages, wiped when it is dropped, destroyed or purged.
///
/// # Accesses
///
/// The bytes are reached inside an *access*: [`read`](Self::read) and [`write`](Self::write) give guards,
/// [`with_data`](Self::with_data) and [`with_data_mut`](Self::with_data_mut) call a closure. Any number of readers, or one
/// writer, are inside at a time. While inside, a thread may call anything in this crate, on this buffer or another:
///
/// - **A thread's first access waits** for others to leave, at most for the session's acquire timeout.
/// - **A further access never waits**, because that could close a cycle ([`with_buffers`](crate::with_buffers) waits for several at once): reading what the thread already reads works; an
///   access that its own one excludes is [`Error::Reentrant`]; one that another thread excludes is [`Error::WouldDeadlock`].
/// - **Destroying or purging a buffer in use** is handed over: no new access starts, and the last thread inside wipes as it
///   leaves, also when a panic makes it leave.
///
/// # Errors
///
/// Every method that needs the bytes returns [`Error::Destroyed`] after `destroy`, `purge` or the end of the session, and
/// [`Error::Forked`] in a forked child, which has no copy of the bytes.
///
/// ```
/// use memguard::Buffer;
/// let mut source = *b"correct horse battery staple";
/// let secret = Buffer::from_bytes(&mut source)?;
/// assert_eq!(source, [0; 28]);
/// assert_eq!(secret.with_data(|bytes| bytes.len())?, 28);
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct Buffer {
    pub(crate) node: Arc<Node>,
    pub(crate) core: Arc<Core>,
}

impl Buffer {
    /// A mutable buffer of `len` zero bytes, in the default session.
    ///
    /// # Errors
    /// [`Error::EmptyLength`], [`Error::TooLong`], or [`Error::Limit`] when the system has no more locked memory or mappings;
    /// everything created before stays usable.
    ///
    /// ```
    /// assert_eq!(memguard::Buffer::new(16)?.len(), 16);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(len: usize) -> Result<Self> {
        global::session()?.buffer(len)
    }

    /// A frozen buffer with the bytes of `source`, which is wiped, in the default session.
    ///
    /// # Errors
    /// As [`new`](Self::new). `source` is then unchanged.
    ///
    /// ```
    /// let mut source = vec![7; 32];
    /// let buffer = memguard::Buffer::from_bytes(&mut source)?;
    /// assert!(source.iter().all(|&byte| byte == 0) && !buffer.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn from_bytes(source: &mut [u8]) -> Result<Self> {
        global::session()?.buffer_from_bytes(source)
    }

    /// A frozen buffer of `len` random bytes, in the default session.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::System`] if the system gives no randomness.
    ///
    /// ```
    /// let key = memguard::Buffer::random(32)?;
    /// assert!(!key.equals(&[0; 32])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn random(len: usize) -> Result<Self> {
        global::session()?.buffer_random(len)
    }

    /// A registered buffer of zeros.
    pub(crate) fn create(core: &Arc<Core>, len: usize) -> Result<Self> {
        core.check_running()?;
        let slot = core.pool.take(len)?;
        let node = Arc::new(Node::new(slot, len));
        let buffer = Self { node: Arc::clone(&node), core: Arc::clone(core) };
        core.counters.live_buffers.bump();
        core.registry.add(node);
        core.counters.tell();
        // A session that ended since the first look may have purged before this buffer was there to be found.
        core.check_running()?;
        Ok(buffer)
    }

    /// Enters to read. Waits for a writer to leave.
    ///
    /// # Errors
    /// [`Error::Reentrant`] inside an own write, [`Error::WouldDeadlock`] if another thread writes while this one is inside
    /// something else, [`Error::Timeout`] after the acquire timeout.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// let (first, second) = (buffer.read()?, buffer.read()?);
    /// assert_eq!(&first[..], &second[..]);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn read(&self) -> Result<ReadGuard<'_>> {
        self.enter_to_read(Site::BufferRead)
    }

    /// Enters to write. Waits for everybody to leave.
    ///
    /// # Errors
    /// [`Error::Frozen`], and as [`read`](Self::read), where any own access makes it [`Error::Reentrant`].
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// buffer.write()?[0] = 1;
    /// assert!(matches!(buffer.write().and_then(|_inside| buffer.write().map(drop)), Err(memguard::Error::Reentrant { .. })));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn write(&self) -> Result<WriteGuard<'_>> {
        self.enter_to_write(Site::BufferWrite)
    }

    /// Like [`read`](Self::read), without waiting.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if another thread writes or waits to write; otherwise as `read`.
    ///
    /// ```
    /// assert_eq!(memguard::Buffer::new(3)?.try_read()?[0], 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn try_read(&self) -> Result<ReadGuard<'_>> {
        self.enter_to_read(Site::BufferTryRead)
    }

    /// Like [`write`](Self::write), without waiting.
    ///
    /// # Errors
    /// [`Error::WouldBlock`] if another thread is inside; otherwise as `write`.
    ///
    /// ```
    /// memguard::Buffer::new(3)?.try_write()?[0] = 1;
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn try_write(&self) -> Result<WriteGuard<'_>> {
        self.enter_to_write(Site::BufferTryWrite)
    }

    /// Calls `user` with the bytes, inside a read. A panic in `user` leaves the buffer as sound as any other return.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert_eq!(buffer.with_data(|bytes| bytes.to_vec())?, [0; 3]);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn with_data<R>(&self, user: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let bytes = self.read()?;
        Ok(user(&bytes))
    }

    /// Calls `user` with the bytes to change, inside a write. A panic in `user` leaves the buffer as sound as any other return.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// buffer.with_data_mut(|bytes| bytes.fill(9))?;
    /// assert!(buffer.equals(&[9; 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn with_data_mut<R>(&self, user: impl FnOnce(&mut [u8]) -> R) -> Result<R> {
        let mut bytes = self.write()?;
        Ok(user(&mut bytes))
    }

    /// Makes the pages read-only in hardware, until [`melt`](Self::melt). Works inside an own read.
    ///
    /// # Errors
    /// As [`read`](Self::read), and [`Error::System`] or [`Error::Limit`] if the system refuses.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// buffer.freeze()?;
    /// assert!(matches!(buffer.write(), Err(memguard::Error::Frozen)));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn freeze(&self) -> Result<()> {
        self.protect(crate::memory::Slot::freeze)
    }

    /// Makes the pages writable again. Works inside an own read.
    ///
    /// # Errors
    /// As [`freeze`](Self::freeze).
    ///
    /// ```
    /// let buffer = memguard::Buffer::random(3)?;
    /// buffer.melt()?;
    /// buffer.write()?.fill(1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn melt(&self) -> Result<()> {
        self.protect(crate::memory::Slot::melt)
    }

    fn protect(
        &self,
        change: fn(&mut crate::memory::Slot) -> std::result::Result<(), crate::memory::SystemFault>,
    ) -> Result<()> {
        let _no_writer = self.enter(Mode::Shared, Site::BufferProtect)?;
        let mut state = self.node.state(Site::StateProtect, &self.core.counters);
        let slot = state.slot.as_mut().ok_or(Error::Destroyed)?;
        change(slot).map_err(|fault| self.core.pool.refused(fault))
    }

    /// The length in bytes, or 0 once the buffer is destroyed. Never waits.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert_eq!(buffer.len(), 3);
    /// let _ = buffer.destroy()?;
    /// assert_eq!(buffer.len(), 0);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        if self.is_alive() { self.node.len() } else { 0 }
    }

    /// Whether the buffer is destroyed: a living one is never empty. Never waits.
    ///
    /// ```
    /// assert!(!memguard::Buffer::new(3)?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the buffer is neither destroyed nor purged. Never waits.
    ///
    /// ```
    /// assert!(memguard::Buffer::new(3)?.is_alive());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_alive(&self) -> bool {
        self.core.is_here() && !self.node.lease.is_doomed()
    }

    /// Whether the buffer is alive and not frozen.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert!(buffer.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_mutable(&self) -> bool {
        self.is_alive() && !self.is_frozen()
    }

    /// Whether the pages are read-only now. A buffer whose pages are gone is not.
    fn is_frozen(&self) -> bool {
        let state = self.node.state(Site::StateInspect, &self.core.counters);
        state.slot.as_ref().is_some_and(crate::memory::Slot::is_frozen)
    }

    /// Encrypts the bytes into an enclave of the same session and destroys the buffer.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`Session::enclave`](crate::Session::enclave); the buffer is then as it was.
    /// [`Error::Destroyed`] if a purge came in between, [`Error::Corrupted`] as [`destroy`](Self::destroy).
    ///
    /// ```
    /// let enclave = memguard::Buffer::from_bytes(&mut [1, 2, 3])?.seal()?;
    /// assert!(enclave.open()?.equals(&[1, 2, 3])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn seal(&self) -> Result<Enclave> {
        let enclave = Enclave::seal(&self.core, &self.enter_to_read(Site::BufferRead)?)?;
        let _wiped_now_or_when_the_last_access_ends = self.destroy()?;
        Ok(enclave)
    }

    /// A new buffer of the same session with the same bytes, frozen if this one is.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`new`](Self::new), and [`Error::Destroyed`] if a purge came in between, even
    /// if it did not reach this buffer.
    ///
    /// ```
    /// let (a, b) = { let a = memguard::Buffer::random(8)?; let b = a.try_clone()?; (a, b) };
    /// assert!(a.with_data(|bytes| b.equals(bytes))??);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn try_clone(&self) -> Result<Self> {
        self.copy_of(0..self.node.len())
    }

    /// A new buffer with a part of the bytes, frozen if this one is.
    pub(crate) fn copy_of(&self, range: Range<usize>) -> Result<Self> {
        let before = self.core.registry.moment();
        let bytes = &self.enter_to_read(Site::BufferRead)?[range];
        let clone = Self::create(&self.core, bytes.len())?;
        clone.enter_to_write(Site::BufferFill)?.copy_from_slice(bytes);
        if self.is_frozen() {
            clone.freeze()?;
        }
        // A purge that came before the clone was registered took only this buffer: the clone must not outlive it.
        if self.core.registry.purged_since(&before) {
            return Err(Error::Destroyed);
        }
        Ok(clone)
    }

    /// Wipes the buffer for good. If somebody is inside, the last one to leave does so, and the answer says that.
    ///
    /// Dropping the buffer does the same.
    ///
    /// # Errors
    /// [`Error::Destroyed`] if it was destroyed or purged before, [`Error::Corrupted`] if memory around the data had been
    /// overwritten (the bytes are wiped all the same).
    ///
    /// ```
    /// use memguard::{Buffer, Disposal};
    /// let buffer = Buffer::new(3)?;
    /// let inside = buffer.read()?;
    /// assert_eq!(buffer.destroy()?, Disposal::HandedOver);
    /// drop(inside); // wiped here
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn destroy(&self) -> Result<Disposal> {
        self.core.dispose(&self.node)?.ok_or(Error::Destroyed)
    }
}

impl OnDrop for Buffer {
    fn on_drop(&mut self) {
        if !self.core.is_here() {
            // Inherited from a parent process: one reference too many keeps the node as it is for good.
            std::mem::forget(Arc::clone(&self.node));
            return;
        }
        // Corruption is counted and logged by the pool; there is nobody to return it to.
        let _ = self.core.dispose(&self.node);
    }
}

impl_drop!(Buffer);

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("len", &self.len()).field("alive", &self.is_alive()).finish_non_exhaustive()
    }
}
