//! Growable secrets: bytes in a buffer, which move to a larger one as they become more.

mod edit;
mod grow;

use crate::core::Core;
use crate::sync::ShardArc;
use crate::{Buffer, Result, global};
use std::fmt;
use zeroize::ZeroizeOnDrop;

/// A secret that grows, in locked pages.
///
/// Its bytes lie in a [`Buffer`] with room for more. When the room is used up, they are copied to a buffer of at least
/// twice the room, and the old one is wiped. So each of them is in one place, except while it is copied. To make room
/// beforehand, use [`with_capacity`](Self::with_capacity) or [`reserve`](Self::reserve).
///
/// Reading, freezing, sealing and comparing are the buffer's: see [`as_buffer`](Self::as_buffer). A growable secret
/// implements [`Write`](std::io::Write), so it takes what [`Stream::write_to`](crate::Stream::write_to),
/// [`Reader::write_to`](crate::Reader::write_to) and encoders write.
///
/// # Errors
/// A call that fails changes nothing: neither the bytes nor the room. If there is no locked memory to grow, the error
/// is [`Error::Limit`](crate::Error::Limit), and the secret stays usable as it is.
///
/// A purge destroys the secret, also in the middle of growing, with both copies. Every later call returns
/// [`Error::Destroyed`](crate::Error::Destroyed).
///
/// ```
/// use memguard::SecretVec;
/// let mut password = SecretVec::new()?;
/// for key in *b"hunter22\x08" {
///     match key {
///         8 => password.truncate(password.len() - 1)?,
///         key => password.push(key)?,
///     }
/// }
/// assert!(password.as_buffer().equals(b"hunter2")?);
/// # Ok::<(), memguard::Error>(())
/// ```
pub struct SecretVec {
    /// Its length is that of the secret. The bytes of its slot behind that are zero.
    buffer: Buffer,
    /// How many bytes its slot holds.
    capacity: usize,
}

impl SecretVec {
    /// An empty secret with room for a few bytes, in the default session.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) if the system has no more locked memory or mappings.
    ///
    /// ```
    /// assert!(memguard::SecretVec::new()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        global::session()?.secret_vec()
    }

    /// An empty secret with room for at least `capacity` bytes, in the default session.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::TooLong`](crate::Error::TooLong).
    ///
    /// ```
    /// let secret = memguard::SecretVec::with_capacity(5000)?;
    /// assert!(secret.capacity() >= 5000 && secret.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn with_capacity(capacity: usize) -> Result<Self> {
        global::session()?.secret_vec_with_capacity(capacity)
    }

    pub(crate) fn create(core: &ShardArc<Core>, capacity: usize) -> Result<Self> {
        let capacity = core.pool.room(capacity.max(1));
        let buffer = Buffer::create(core, capacity)?;
        buffer.node.set_len(0);
        Ok(Self { buffer, capacity })
    }

    /// The length in bytes, or 0 once the secret is destroyed. Never waits.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.extend_from_slice(&[1, 2, 3])?;
    /// assert_eq!(secret.len(), 3);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Whether [`len`](Self::len) is 0. Never waits.
    ///
    /// ```
    /// assert!(memguard::SecretVec::new()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes it can have without moving to another buffer. 0 once the secret is destroyed. Never waits.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::with_capacity(9)?;
    /// let room = secret.capacity();
    /// secret.extend_from_slice(&vec![1; room])?;
    /// assert_eq!(secret.capacity(), room);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn capacity(&self) -> usize {
        if self.buffer.is_alive() { self.capacity } else { 0 }
    }

    /// The buffer with the bytes, without the room behind them. While the secret is empty, the buffer is empty too,
    /// which no other buffer is; it cannot be sealed or cloned then.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.extend_from_slice(b"hunter2")?;
    /// assert_eq!(secret.as_buffer().string_slice(str::len)?, 7);
    /// secret.as_buffer().freeze()?;
    /// assert_eq!(secret.push(b'!'), Err(memguard::Error::Frozen));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn as_buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The buffer alone. It is not copied, so it keeps the locked memory of the room behind the bytes. It is mutable
    /// until it is frozen.
    ///
    /// ```
    /// let mut secret = memguard::SecretVec::new()?;
    /// secret.extend_from_slice(b"hunter2")?;
    /// assert!(secret.into_buffer().seal()?.open()?.equals(b"hunter2")?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn into_buffer(self) -> Buffer {
        self.buffer
    }
}

/// As of a [`Buffer`].
impl ZeroizeOnDrop for SecretVec {}

impl fmt::Debug for SecretVec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretVec").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}
