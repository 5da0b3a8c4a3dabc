//! Buffers in the default session.

use super::handle::Buffer;
use super::read_error::ReadError;
use crate::{Error, Result, global};
use std::io::Read;

impl Buffer {
    /// A mutable buffer of `len` zero bytes, in the default session.
    ///
    /// # Errors
    /// [`Error::EmptyLength`], [`Error::TooLong`], or [`Error::Limit`] if the system has no more locked memory or
    /// mappings. Every buffer made before stays usable.
    ///
    /// ```
    /// assert_eq!(memguard::Buffer::new(16)?.len(), 16);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new(len: usize) -> Result<Self> {
        global::session()?.buffer(len)
    }

    /// A frozen buffer of `len` bytes that `fill` writes. They are zero before. What `fill` writes is nowhere else, so
    /// this is the way for a function that puts a secret into a slice, such as one that derives a key.
    ///
    /// # Errors
    /// As [`new`](Self::new). [`Error::Destroyed`] if a purge came in between.
    ///
    /// # Panics
    /// If `fill` panics. The bytes it has written are wiped.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new_with(32, |key| key.fill(7))?;
    /// assert!(buffer.equals(&[7; 32])? && !buffer.is_mutable());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new_with(len: usize, fill: impl FnOnce(&mut [u8])) -> Result<Self> {
        global::session()?.buffer_new_with(len, fill)
    }

    /// Like [`new_with`](Self::new_with), with a `fill` that may fail. Its error is the caller's own. The example
    /// `memguard/examples/derived_key.rs` derives a key with Argon2.
    ///
    /// # Errors
    /// The error of `fill`. What it has written is wiped then. Otherwise as [`new_with`](Self::new_with).
    ///
    /// # Panics
    /// If `fill` panics. The bytes it has written are wiped.
    ///
    /// ```
    /// use memguard::Buffer;
    /// use std::{fs::File, io::Read};
    ///
    /// fn random_key() -> Result<Buffer, Box<dyn std::error::Error>> {
    ///     Buffer::try_new_with(32, |key| Ok(File::open("/dev/urandom")?.read_exact(key)?))
    /// }
    /// assert!(!random_key()?.equals(&[0; 32])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_new_with<E: From<Error>>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        global::session()?.buffer_try_new_with(len, fill)
    }

    /// A frozen buffer with the bytes of `source`, in the default session. `source` is wiped.
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

    /// A frozen buffer with the bytes of `source`, in the default session. `source` is empty afterwards, and all memory
    /// that it has is wiped, also what lies behind the text. [`string_slice`](Self::string_slice) is the way out: it
    /// shows the text in locked memory, so no new `String` is needed.
    ///
    /// A `String` that grew has left its text where it was before. To receive a secret, use
    /// [`from_reader_until`](Self::from_reader_until) or [`SecretVec`](crate::SecretVec), which leave none.
    ///
    /// # Errors
    /// As [`new`](Self::new). `source` is then unchanged.
    ///
    /// ```
    /// let mut password = String::from("hunter2");
    /// let buffer = memguard::Buffer::from_string(&mut password)?;
    /// assert!(password.is_empty() && !buffer.is_mutable());
    /// assert!(buffer.string_slice(|text| text == "hunter2")?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn from_string(source: &mut String) -> Result<Self> {
        global::session()?.buffer_from_string(source)
    }

    /// A frozen buffer of `len` random bytes, in the default session.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::System`](crate::Error::System) if the system gives no randomness.
    ///
    /// ```
    /// let key = memguard::Buffer::random(32)?;
    /// assert!(!key.equals(&[0; 32])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn random(len: usize) -> Result<Self> {
        global::session()?.buffer_random(len)
    }

    /// A frozen buffer of exactly `len` bytes from `reader`, in the default session.
    ///
    /// The reader writes straight into locked pages. It runs inside an access to the new buffer. No other code has that
    /// buffer yet, so the reader may call anything in this crate. It is called again after
    /// [`Interrupted`](std::io::ErrorKind::Interrupted). No byte after the `len` bytes is taken from it.
    ///
    /// # Errors
    /// [`ReadError`], with the part that was read, if the reader fails, ends early
    /// ([`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof)), or claims to have read more than it was asked for
    /// ([`InvalidData`](std::io::ErrorKind::InvalidData)). A `ReadError` without a part for the errors of
    /// [`new`](Self::new), and for [`Error::Destroyed`] if a purge came in between.
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// use memguard::Buffer;
    /// let mut source = &b"secret and more"[..];
    /// assert!(Buffer::from_reader(&mut source, 6)?.equals(b"secret")?);
    /// assert_eq!(source, b" and more");
    ///
    /// let error = Buffer::from_reader(&b"short"[..], 6).unwrap_err();
    /// assert!(error.part.expect("what was read").equals(b"short")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader(reader: impl Read, len: usize) -> Result<Self, ReadError> {
        global::session()?.buffer_from_reader(reader, len)
    }

    /// A frozen buffer of the bytes before the first `delimiter` of `reader`, in the default session. The delimiter is
    /// read and left out.
    ///
    /// Reads one byte at a time. So it takes nothing after the delimiter, and keeps nothing outside locked memory.
    /// Otherwise as [`from_reader`](Self::from_reader).
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader). [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof), with the part, if
    /// the reader ends before a delimiter. [`Error::EmptyLength`] if the delimiter is the
    /// first byte.
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// use memguard::Buffer;
    /// let mut lines = &b"first\nsecond"[..];
    /// assert!(Buffer::from_reader_until(&mut lines, b'\n')?.equals(b"first")?);
    /// let error = Buffer::from_reader_until(&mut lines, b'\n').unwrap_err();
    /// assert!(error.part.expect("what was read").equals(b"second")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_reader_until(reader: impl Read, delimiter: u8) -> Result<Self, ReadError> {
        global::session()?.buffer_from_reader_until(reader, delimiter)
    }

    /// A frozen buffer of everything that `reader` gives until its end, in the default session.
    ///
    /// Otherwise as [`from_reader`](Self::from_reader).
    ///
    /// # Errors
    /// As [`from_reader`](Self::from_reader). [`Error::EmptyLength`] if the reader gives
    /// nothing. At a limit of locked memory, the part is what fitted.
    ///
    /// # Panics
    /// If the reader panics. The bytes it has read are wiped.
    ///
    /// ```
    /// let buffer = memguard::Buffer::from_entire_reader(&b"all of it"[..])?;
    /// assert!(buffer.equals(b"all of it")? && !buffer.is_mutable());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_entire_reader(reader: impl Read) -> Result<Self, ReadError> {
        global::session()?.buffer_from_entire_reader(reader)
    }
}
