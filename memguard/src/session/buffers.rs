//! The buffers of a session. Each constructor is the twin of one of [`Buffer`], which uses the default session.

use crate::buffer::drop_before;
use crate::session::Session;
use crate::sync::{ShardArc, Site};
use crate::{Buffer, Error, ReadError, Result, clear, global};
use std::io::Read;
use zeroize::Zeroize;

impl Session {
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

    /// A frozen buffer of `len` bytes that `fill` writes: [`Buffer::new_with`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::new_with`].
    ///
    /// # Panics
    /// If `fill` panics. The bytes it has written are wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_new_with(32, |key| key.fill(7))?.equals(&[7; 32])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer_new_with(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> Result<Buffer> {
        self.buffer_try_new_with(len, |bytes| {
            fill(bytes);
            Ok(())
        })
    }

    /// A frozen buffer of `len` bytes that `fill` writes, unless it fails: [`Buffer::try_new_with`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::try_new_with`].
    ///
    /// # Panics
    /// If `fill` panics. The bytes it has written are wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let refused = session.buffer_try_new_with(32, |_| Err("no key".into()));
    /// assert_eq!(refused.map_err(|error: Box<dyn std::error::Error>| error.to_string()).unwrap_err(), "no key");
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer_try_new_with<E: From<Error>>(
        &self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Buffer, E> {
        let core = self.core()?;
        let _door = core.door();
        let buffer = Buffer::create(core, len)?;
        fill(&mut buffer.enter_to_write(Site::BufferFill)?)?;
        buffer.finish_new(core.freezing())?;
        Ok(buffer)
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
        let _door = self.core()?.door();
        let buffer = self.buffer_of(source)?;
        source.zeroize();
        Ok(buffer)
    }

    /// A frozen buffer with the bytes of `source`, which is wiped: [`Buffer::from_string`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_string`]. `source` is then unchanged.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// let mut password = String::from("hunter2");
    /// assert_eq!(session.buffer_from_string(&mut password)?.string_slice(str::len)?, 7);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn buffer_from_string(&self, source: &mut String) -> Result<Buffer> {
        let _door = self.core()?.door();
        let buffer = self.buffer_of(source.as_bytes())?;
        // All of its memory, also what is behind the text.
        source.zeroize();
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
        let core = self.core()?;
        let _door = core.door();
        let buffer = Buffer::create(core, len)?;
        buffer.scramble_at(Site::BufferFill)?;
        buffer.freeze_new(core.freezing())?;
        Ok(buffer)
    }

    /// A frozen buffer of exactly `len` bytes from `reader`: [`Buffer::from_reader`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_reader`].
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_reader(&b"secret"[..], 6)?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_reader(&self, mut reader: impl Read, len: usize) -> Result<Buffer, ReadError> {
        let buffer = Buffer::read_exactly(self.core()?, &mut reader, len);
        drop_before(reader, buffer)
    }

    /// A frozen buffer of the bytes before the first `delimiter` of `reader`: [`Buffer::from_reader_until`] in this
    /// session.
    ///
    /// # Errors
    /// As [`Buffer::from_reader_until`].
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_reader_until(&b"secret\nrest"[..], b'\n')?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_reader_until(&self, mut reader: impl Read, delimiter: u8) -> Result<Buffer, ReadError> {
        let buffer = Buffer::read_until(self.core()?, &mut reader, delimiter);
        drop_before(reader, buffer)
    }

    /// A frozen buffer of everything that `reader` gives: [`Buffer::from_entire_reader`] in this session.
    ///
    /// # Errors
    /// As [`Buffer::from_entire_reader`].
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// let session = memguard::Session::new()?;
    /// assert!(session.buffer_from_entire_reader(&b"secret"[..])?.equals(b"secret")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buffer_from_entire_reader(&self, mut reader: impl Read) -> Result<Buffer, ReadError> {
        let buffer = Buffer::read_to_end(self.core()?, &mut reader);
        drop_before(reader, buffer)
    }

    /// Whether the buffer is alive and belongs to this session. Compares identities and never waits.
    ///
    /// ```
    /// let (a, b) = (memguard::Session::new()?, memguard::Session::new()?);
    /// let buffer = a.buffer(8)?;
    /// assert!(a.exists(&buffer) && !b.exists(&buffer));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    #[must_use]
    pub fn exists(&self, buffer: &Buffer) -> bool {
        self.found_here().is_some_and(|here| ShardArc::ptr_eq(&here.core, &buffer.core)) && buffer.is_alive()
    }

    /// A frozen buffer with the bytes of `source`, which is not changed.
    pub(crate) fn buffer_of(&self, source: &[u8]) -> Result<Buffer> {
        let core = self.core()?;
        let _door = core.door();
        let buffer = Buffer::create(core, source.len())?;
        let mut bytes = buffer.enter_to_write(Site::BufferFill)?;
        clear::copy(source, &mut bytes);
        drop(bytes);
        buffer.freeze_new(core.freezing())?;
        Ok(buffer)
    }
}

/// Whether the buffer is alive and belongs to the default session. Never waits.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// assert!(memguard::exists(&buffer));
/// # Ok::<(), memguard::Error>(())
/// ```
#[must_use]
pub fn exists(buffer: &Buffer) -> bool {
    global::found().is_some_and(|session| session.exists(buffer))
}
