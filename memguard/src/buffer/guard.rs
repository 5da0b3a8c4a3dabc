//! Guards: the bytes of a buffer, for as long as an access lasts.

use super::access::{Depth, Inside, Revealed};
use super::handle::Buffer;
use crate::memory::Access;
use crate::sync::{Mode, Patience, Site, cell};
use crate::{Error, Result};
use std::fmt;
use std::ops::{Deref, DerefMut};

impl Buffer {
    /// Enters to read. Waits until no other thread writes.
    ///
    /// # Errors
    /// [`Error::Reentrant`] if this thread writes the buffer. [`Error::WouldDeadlock`] if another thread writes it
    /// and this thread is inside an access to another buffer: use [`with_buffers`](crate::with_buffers).
    /// [`Error::Timeout`] after the acquire timeout.
    /// [`Error::Limit`] if this thread is inside eight accesses or more, and there is no memory to note another one.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// let (first, second) = (buffer.read()?, buffer.read()?);
    /// assert_eq!(&first[..], &second[..]);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[inline]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn read(&self) -> Result<ReadGuard<'_>> {
        self.enter_to_read(Site::BufferRead)
    }

    /// Enters to write. Waits until no other thread is inside.
    ///
    /// # Errors
    /// [`Error::Frozen`]. [`Error::Reentrant`] if this thread holds any access to the same buffer. Otherwise as
    /// [`read`](Self::read).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// buffer.write()?[0] = 1;
    /// let inside = buffer.write()?;
    /// assert!(matches!(buffer.write(), Err(memguard::Error::Reentrant { .. })));
    /// # drop(inside);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[inline]
    #[cfg_attr(feature = "lockdep", track_caller)]
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
    #[cfg_attr(feature = "lockdep", track_caller)]
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
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn try_write(&self) -> Result<WriteGuard<'_>> {
        self.enter_to_write(Site::BufferTryWrite)
    }

    /// Calls `user` with the bytes, inside a read. A panic in `user` ends the access as a return does. The example
    /// `memguard/examples/keys_in_place.rs` uses keys of other crates' algorithms so. `memguard/recipes/src/tls/key.rs`
    /// is a TLS server's key for rustls.
    ///
    /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(3)?;
    /// assert!(buffer.with_data(|bytes| bytes.iter().all(|byte| *byte == 0))?);
    ///
    /// use memguard::FlatResult;
    /// buffer.with_data(|bytes| std::io::Write::write_all(&mut std::io::sink(), bytes)).flat()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn with_data<R>(&self, user: impl FnOnce(&[u8]) -> R) -> Result<R> {
        // Not `?`, which would copy the guard once more.
        match self.read() {
            Ok(bytes) => Ok(user(&bytes)),
            Err(error) => Err(error),
        }
    }

    /// Calls `user` with the bytes to change, inside a write. A panic in `user` ends the access as a return does, and
    /// what it has written stays.
    ///
    /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
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
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn with_data_mut<R>(&self, user: impl FnOnce(&mut [u8]) -> R) -> Result<R> {
        // As in `with_data`.
        match self.write() {
            Ok(mut bytes) => Ok(user(&mut bytes)),
            Err(error) => Err(error),
        }
    }

    #[inline(always)]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn enter_to_read(&self, site: Site) -> Result<ReadGuard<'_>> {
        self.enter(Mode::Shared, site)?.reading()
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn enter_to_read_among(
        &self,
        site: Site,
        depth: Depth,
        patience: &mut Patience,
    ) -> Result<ReadGuard<'_>> {
        self.enter_among(Mode::Shared, site, depth, patience)?.reading()
    }

    #[inline(always)]
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(crate) fn enter_to_write(&self, site: Site) -> Result<WriteGuard<'_>> {
        self.enter(Mode::Exclusive, site)?.writing()
    }

    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn enter_to_write_among(
        &self,
        site: Site,
        depth: Depth,
        patience: &mut Patience,
    ) -> Result<WriteGuard<'_>> {
        self.enter_among(Mode::Exclusive, site, depth, patience)?.writing()
    }
}

impl<'b> Inside<'b> {
    #[inline(always)]
    fn reading(self) -> Result<ReadGuard<'b>> {
        let Buffer { core, node } = self.buffer;
        let inside = self.reveal(Access::Read)?;
        core.pool.backend().begin(node.span(), Access::Read);
        Ok(ReadGuard { _reading: node.guarded.get(), inside })
    }

    #[inline(always)]
    fn writing(self) -> Result<WriteGuard<'b>> {
        let Buffer { core, node } = self.buffer;
        // Freezing needs a shared access, so no other thread freezes the buffer while this one is inside.
        if node.frozen.get().is_some() {
            return Err(Error::Frozen);
        }
        let inside = self.reveal(Access::Write)?;
        core.pool.backend().begin(node.span(), Access::Write);
        Ok(WriteGuard { _writing: node.guarded.get_mut(), inside })
    }
}

/// Read access to a buffer's bytes, until it is dropped. Any number of threads can hold one at the same time.
///
/// It is `!Send`: it stays on the thread that took it. If the buffer is destroyed or purged meanwhile, the bytes stay
/// readable here and are wiped when the last guard is dropped.
///
/// ```
/// let buffer = memguard::Buffer::from_bytes(&mut *b"secret".to_vec())?;
/// let bytes = buffer.read()?;
/// assert_eq!(&bytes[..], b"secret");
/// # Ok::<(), memguard::Error>(())
/// ```
#[must_use = "the access ends when the guard is dropped"]
pub struct ReadGuard<'b> {
    // Fields are dropped in this order, so this one before `inside`.
    _reading: cell::ConstPtr<()>,
    inside: Revealed<'b>,
}

/// Write access to a buffer's bytes, until it is dropped. Only one thread can hold one at a time.
///
/// It is `!Send`: it stays on the thread that took it. If the buffer is destroyed or purged meanwhile, the bytes stay
/// usable here and are wiped when the guard is dropped.
///
/// ```
/// let buffer = memguard::Buffer::new(4)?;
/// buffer.write()?.copy_from_slice(&[1, 2, 3, 4]);
/// assert_eq!(buffer.read()?[3], 4);
/// # Ok::<(), memguard::Error>(())
/// ```
#[must_use = "the access ends when the guard is dropped"]
pub struct WriteGuard<'b> {
    // Fields are dropped in this order, so this one before `inside`.
    _writing: cell::MutPtr<()>,
    inside: Revealed<'b>,
}

impl<'b> WriteGuard<'b> {
    /// The buffer that this thread is inside.
    pub(super) fn buffer(&self) -> &'b Buffer {
        self.inside.0.buffer
    }
}

impl Deref for ReadGuard<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let node = &self.inside.0.buffer.node;
        // SAFETY: this thread is inside shared. The pages are mapped, and no thread writes or wipes them until it
        // leaves.
        unsafe { std::slice::from_raw_parts(node.data().as_ptr(), node.len()) }
    }
}

impl Deref for WriteGuard<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        let node = &self.inside.0.buffer.node;
        // SAFETY: this thread is inside alone. The pages are mapped, and no other thread reaches them until it leaves.
        unsafe { std::slice::from_raw_parts(node.data().as_ptr(), node.len()) }
    }
}

impl DerefMut for WriteGuard<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        let node = &self.inside.0.buffer.node;
        // SAFETY: this thread is inside alone. The pages are writable: the buffer is not frozen, and freezing needs
        // an access. `&mut self` excludes other references from this guard.
        unsafe { std::slice::from_raw_parts_mut(node.data().as_ptr(), node.len()) }
    }
}

impl AsRef<[u8]> for ReadGuard<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsRef<[u8]> for WriteGuard<'_> {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for WriteGuard<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        self
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
