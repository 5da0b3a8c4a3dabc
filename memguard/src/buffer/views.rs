//! The bytes as text and as an array, and the copy that these and the typed accessors use.

use super::handle::Buffer;
use crate::memory::Scratch;
use crate::sync::{OnDrop, impl_drop};
use crate::{Error, Result, clear};

impl Buffer {
    /// Calls `user` with the bytes as text.
    ///
    /// The text is a copy in locked memory, wiped when `user` returns or panics. The access ends before `user` is
    /// called, so `user` may call anything on the same buffer. [Copies](Buffer#copies) says what that costs. The check
    /// for UTF-8 takes a time that depends on the bytes.
    ///
    /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
    ///
    /// # Errors
    /// [`Error::NotUtf8`] if the bytes are not UTF-8. [`Error::Limit`] if there is no locked memory for the copy.
    /// Otherwise as [`read`](Self::read).
    ///
    /// ```
    /// use memguard::{Buffer, Error};
    /// let buffer = Buffer::from_bytes(&mut b"na\xc3\xafve".to_vec())?;
    /// assert_eq!(buffer.string_slice(|text| text.chars().count())?, 5);
    /// let cut = Buffer::from_bytes(&mut b"na\xc3".to_vec())?;
    /// assert_eq!(cut.string_slice(str::len), Err(Error::NotUtf8 { valid_up_to: 2 }));
    /// # Ok::<(), Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn string_slice<R>(&self, user: impl FnOnce(&str) -> R) -> Result<R> {
        let text = |bytes: &[u8]| match clear::after_copy(|| std::str::from_utf8(bytes)) {
            Ok(text) => Ok(user(text)),
            Err(error) => Err(Error::NotUtf8 { valid_up_to: error.valid_up_to() }),
        };
        self.with_copy(Ok, text)?
    }

    /// Calls `user` with the first `N` bytes as an array, such as a key or a nonce.
    ///
    /// The array is a copy in locked memory, wiped when `user` returns or panics. The access ends before `user` is
    /// called, so `user` may call anything on the same buffer. [Copies](Buffer#copies) says what that costs. For a
    /// function that takes a slice, [`with_data`](Self::with_data) needs no copy.
    ///
    /// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if the buffer is shorter. [`Error::Limit`] if there is no locked memory for the copy.
    /// Otherwise as [`read`](Self::read).
    ///
    /// ```
    /// use memguard::{Buffer, Error};
    /// let key = Buffer::random(32)?;
    /// assert!(key.byte_array(|key: &[u8; 32]| key != &[0; 32])?);
    /// assert!(matches!(key.byte_array(|_: &[u8; 33]| ()), Err(Error::OutOfRange { .. })));
    /// # Ok::<(), Error>(())
    /// ```
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub fn byte_array<const N: usize, R>(&self, user: impl FnOnce(&[u8; N]) -> R) -> Result<R> {
        let too_short = |buffer_len| Error::OutOfRange { offset: 0, len: N, buffer_len };
        let fits = |buffer_len| if buffer_len < N { Err(too_short(buffer_len)) } else { Ok(N) };
        self.with_copy(fits, |bytes| match bytes.first_chunk() {
            Some(array) => Ok(user(array)),
            None => Err(too_short(bytes.len())),
        })?
    }

    /// Copies as many of the first bytes as `take` says to locked memory, ends the access, and calls `user` with the
    /// copy.
    #[cfg_attr(feature = "lockdep", track_caller)]
    pub(super) fn with_copy<R>(
        &self,
        take: impl FnOnce(usize) -> Result<usize>,
        user: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        let _door = self.core.door();
        let bytes = self.read()?;
        let len = take(bytes.len())?;
        if len == 0 {
            drop(bytes);
            return Ok(user(&[]));
        }
        let mut copy = Copy::new(self, len)?;
        clear::copy(&bytes[..len], &mut copy.slot);
        drop(bytes);
        Ok(user(&copy.slot))
    }
}

/// A copy of a buffer's bytes. If the buffer is destroyed meanwhile, its wipe is handed over to the end of the copy.
struct Copy<'b> {
    /// Wiped before the rest is dropped.
    slot: Scratch<'b>,
    _end: CopyEnd<'b>,
}

struct CopyEnd<'b>(&'b Buffer);

impl<'b> Copy<'b> {
    /// Zeros. The caller is inside the buffer.
    fn new(buffer: &'b Buffer, len: usize) -> Result<Self> {
        let slot = buffer.core.pool.scratch(len)?;
        buffer.node.copies.begin();
        Ok(Self { slot, _end: CopyEnd(buffer) })
    }
}

impl OnDrop for CopyEnd<'_> {
    fn on_drop(&mut self) {
        let Buffer { core, node } = self.0;
        core.copy_wiped(node);
    }
}

impl_drop!(CopyEnd<'_>);
