//! The parts of an operation: which call, which kind, how much.

use super::decode;
use arbitrary::Arbitrary;
use memguard::Buffer;
use serde::{Deserialize, Serialize};

/// How a buffer is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum Origin {
    /// `Session::buffer`: zeros.
    Zeros,
    /// `Session::buffer_from_bytes`.
    Bytes,
    /// `Session::buffer_from_bytes`, with text. The last character may be cut.
    Text,
    /// `Session::buffer_random`.
    Random,
}

/// How a buffer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum ReadCall {
    /// `Buffer::read`.
    Guard,
    /// `Buffer::try_read`.
    Try,
    /// `Buffer::with_data`.
    Closure,
    /// `Buffer::with_data`. The callback yields to other threads, and the bytes must not change.
    Linger,
    /// `Buffer::equals`, with the right bytes and with wrong ones.
    Equals,
    /// One of the accessors that return integers.
    Typed(Width),
    /// `Buffer::string_slice`.
    Text,
    /// `Buffer::byte_array`, of [`ARRAY`] bytes.
    Array,
    /// `Buffer::reader`.
    Reader {
        /// The position from which it reads to the end.
        from: u8,
        /// How many bytes each read asks for.
        step: u8,
    },
}

/// The length of the arrays of [`ReadCall::Array`].
pub const ARRAY: usize = 16;

/// Which integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named like the integers")]
pub enum Width {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

/// How a buffer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum WriteCall {
    /// `Buffer::write`.
    Guard,
    /// `Buffer::try_write`.
    Try,
    /// `Buffer::with_data_mut`.
    Closure,
    /// `Buffer::copy_from_at`.
    Copy,
    /// `Buffer::move_from_at`, which wipes its source.
    Move,
}

/// How a buffer is entered for nested operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum EnterCall {
    /// `Buffer::read`.
    Read,
    /// `Buffer::with_data`.
    ReadClosure,
    /// `Buffer::write`, which changes every byte first.
    Write,
    /// `Buffer::with_data_mut`, which changes every byte first.
    WriteClosure,
}

impl EnterCall {
    /// Whether it writes, and so conflicts with every other access.
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::WriteClosure)
    }

    /// Enters the buffer. `fill` changes the bytes first if this call writes. `inside` sees them then.
    pub(super) fn enter<R>(
        self,
        buffer: &Buffer,
        fill: impl FnOnce(&mut [u8]),
        inside: impl FnOnce(&[u8]) -> R,
    ) -> memguard::Result<R> {
        match self {
            Self::Read => buffer.read().map(|bytes| inside(&bytes)),
            Self::ReadClosure => buffer.with_data(inside),
            Self::Write => buffer.write().map(|mut bytes| {
                fill(&mut bytes);
                inside(&bytes)
            }),
            Self::WriteClosure => buffer.with_data_mut(|bytes| {
                fill(bytes);
                inside(bytes)
            }),
        }
    }
}

/// What is done to sealed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum Damage {
    /// One bit is flipped: this one, counted from the start, modulo the length.
    Flip(u16),
    /// One byte is cut off the end, and this many more, modulo the length.
    Cut(u8),
    /// A byte is added at the end.
    Extend,
    /// Nothing. The bytes leave the session, come back and must open.
    Nothing,
}

/// A call on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum StreamCall {
    /// `Write::write` of this many bytes, and at most 16 chunks.
    Write(#[arbitrary(with = decode::length)] u16),
    /// `Stream::move_from` of this many bytes, and at most 16 chunks. It wipes its source.
    Move(#[arbitrary(with = decode::length)] u16),
    /// `Stream::read_into` of at most this many bytes.
    Read(#[arbitrary(with = decode::length)] u16),
    /// `Stream::next`.
    Next,
    /// `Stream::drain`.
    Drain,
    /// `Stream::len` and `Stream::is_empty`.
    Len,
    /// `Stream::clear`.
    Clear,
    /// Drops the stream with its bytes.
    Drop,
}

/// Which function creates a buffer from a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum ReaderCall {
    /// `Session::buffer_from_reader`, of this many bytes.
    Exactly(#[arbitrary(with = decode::length)] u16),
    /// `Session::buffer_from_reader_until`. The delimiter is the reader's byte at this position.
    Until(u8),
    /// `Session::buffer_from_entire_reader`.
    Everything,
}

/// What a reader does at its next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum ReadStep {
    /// Returns this many bytes, in several calls if the caller asks for fewer. 0 is one end of the input.
    Bytes(#[arbitrary(with = decode::length)] u16),
    /// Returns `Interrupted`. The caller must try again.
    Interrupt,
    /// Returns an error.
    Fail,
    /// Claims to have returned more than the caller asked for.
    Lie,
    /// Panics.
    Panic,
}

/// A query of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum Query {
    /// `Session::health`.
    Health,
    /// `Session::audit`.
    Audit,
}

/// Which call of the simulated system fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named like the calls")]
pub enum SystemCall {
    Any,
    Mmap,
    Madvise,
    Mlock,
    Mprotect,
    Munmap,
    Getrandom,
}

/// A call on one of the enclaves that all threads of a program share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnclaveCall {
    /// `Session::enclave`, of new bytes. The enclave replaces the one that was there.
    SealBytes,
    /// `Buffer::seal`, of the shared buffer at this place. The enclave replaces the one that was there.
    Seal(u8),
    /// `Enclave::open`. The buffer goes to this place among the shared buffers.
    Open(u8),
    /// `Session::enclave_from_sealed` of its own sealed bytes, and then `Enclave::open`.
    BringBack,
}
