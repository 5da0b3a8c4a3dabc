//! Operations. Each is one call of the public API, as a value that can be drawn, decoded, printed and replayed.

use super::parts::{
    Damage, EnclaveCall, EnterCall, Origin, Query, ReadCall, ReadStep, ReaderCall, StreamCall, SystemCall, WriteCall,
};
use serde::{Deserialize, Serialize};

/// One call on what one [`Actor`](super::Actor) has.
///
/// Places are taken modulo the number of the actor's places. An operation on an empty place fills it first. So every
/// sequence of operations is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// Creates a buffer and drops the one that was there.
    Create {
        /// Where it goes.
        at: u8,
        /// How it is made.
        origin: Origin,
        /// Its length. 0 must be refused.
        len: u16,
    },
    /// Reads a buffer and checks the bytes.
    Read {
        /// Which buffer.
        at: u8,
        /// By which call.
        by: ReadCall,
    },
    /// Writes a part of a buffer.
    Write {
        /// Which buffer.
        at: u8,
        /// By which call.
        by: WriteCall,
        /// Where the part starts. A part outside must be refused.
        offset: u16,
        /// How long the part is.
        len: u16,
    },
    /// `Buffer::wipe`.
    Wipe(u8),
    /// `Buffer::scramble`.
    Scramble(u8),
    /// `Buffer::freeze`.
    Freeze(u8),
    /// `Buffer::melt`.
    Melt(u8),
    /// `Buffer::try_clone`.
    Clone {
        /// What is cloned.
        from: u8,
        /// Where the clone goes.
        to: u8,
    },
    /// The calls that do not enter: `len`, `is_empty`, `is_alive`, `is_mutable`, `exists`.
    Inspect(u8),
    /// `Buffer::destroy`. The handle stays. Every later call must return `Destroyed`.
    Destroy(u8),
    /// Drops the handle. Inside an access to the buffer, the handle is dropped when the access ends.
    Drop(u8),
    /// `Buffer::seal`.
    Seal {
        /// Which buffer.
        at: u8,
        /// Where the enclave goes.
        slot: u8,
    },
    /// `Session::enclave`.
    SealBytes {
        /// Where the enclave goes.
        slot: u8,
        /// The length of the secret.
        len: u16,
    },
    /// `Enclave::open`.
    Open {
        /// Which enclave.
        slot: u8,
        /// Where the buffer goes.
        at: u8,
    },
    /// Opens changed bytes of an enclave, which must be refused.
    Tamper {
        /// Which enclave.
        slot: u8,
        /// What is changed.
        damage: Damage,
    },
    /// `Session::purge`.
    Purge,
    /// `Session::purge` from inside a read of this buffer.
    PurgeInside(u8),
    /// Enters a buffer and applies operations inside, also to the same buffer.
    Nest {
        /// Which buffer.
        at: u8,
        /// By which call.
        by: EnterCall,
        /// The operations inside.
        ops: Vec<Op>,
    },
    /// `with_buffers`, with operations inside. Bit `n` is place `n`. A place in both must be refused.
    WithBuffers {
        /// Which buffers are read.
        reads: u8,
        /// Which buffers are written.
        writes: u8,
        /// The operations inside.
        ops: Vec<Op>,
    },
    /// `Enclave::with_data`, with operations inside.
    Show {
        /// Which enclave.
        slot: u8,
        /// The operations inside.
        ops: Vec<Op>,
    },
    /// `Enclave::open_into`.
    OpenInto {
        /// Which enclave.
        slot: u8,
        /// Which buffer. One that is shorter than the secret must be refused.
        at: u8,
    },
    /// `Buffer::equals_buffer`.
    Compare {
        /// Which buffer.
        at: u8,
        /// With which other one.
        with: u8,
    },
    /// Creates a buffer from a reader.
    FromReader {
        /// Where it goes.
        at: u8,
        /// By which call.
        by: ReaderCall,
        /// What the reader does, call by call. After that it has ended.
        reader: Vec<ReadStep>,
    },
    /// Uses a stream.
    Stream {
        /// Which stream.
        at: u8,
        /// By which call.
        by: StreamCall,
    },
    /// `Session::rekey`.
    Rekey,
    /// Queries the session.
    Query(Query),
    /// Makes a call of the simulated system fail.
    Fault {
        /// Which call.
        call: SystemCall,
        /// How many of these calls succeed before.
        after: u8,
    },
    /// Panics inside an access, and does nothing elsewhere. A panic must leave the library as sound as a return does.
    Panic,
    /// `Session::rekey`, in which the library panics when it reaches the halves of the key, under COFFER. On a system
    /// that takes no such fault it is a rekey.
    PanicInRekey,
    /// Uses a buffer that all threads of a program share. Creates one first if the place has no live buffer.
    Shared {
        /// Which one.
        at: u8,
        /// By which call.
        by: SharedCall,
    },
    /// Uses an enclave that all threads of a program share.
    SharedEnclave {
        /// Which one.
        at: u8,
        /// By which call.
        by: EnclaveCall,
    },
    /// Uses a stream that all threads of a program share. Each write is one tagged secret. The length in the call is
    /// ignored.
    SharedStream {
        /// Which one.
        at: u8,
        /// By which call.
        by: StreamCall,
    },
    /// Returns this thread's session handle. The last thread that does so ends the session with `Session::close`, while
    /// other threads may still use its buffers.
    LeaveSession,
    /// From now on waits of this thread time out at once. This needs shuttle. On the system's threads it does nothing.
    ExpireWaits,
}

/// A call on one of the buffers that all threads of a program share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SharedCall {
    /// Reads it twice and yields in between.
    Read,
    /// Writes all of it in two steps and yields in between.
    Write,
    /// `Buffer::try_read`.
    TryRead,
    /// `Buffer::try_write`.
    TryWrite,
    /// Applies operations inside a read or a write of it.
    Nest {
        /// By which call it is entered.
        by: EnterCall,
        /// The operations inside.
        ops: Vec<Op>,
    },
    /// `with_buffers`, which writes this buffer and reads all other shared ones.
    WithBuffers,
    /// `Buffer::freeze`.
    Freeze,
    /// `Buffer::melt`.
    Melt,
    /// `Buffer::try_clone`. The clone is read and dropped.
    Clone,
    /// `Buffer::destroy`. The next thread that uses this place creates a new buffer.
    Destroy,
    /// `Buffer::seal` and then `Enclave::open`. The opened buffer replaces the sealed one.
    Seal,
    /// Puts a new buffer here and drops this handle of the old one. Other threads may still use theirs.
    Replace,
    /// `Buffer::try_clone`. The clone goes to this place among the shared buffers.
    CloneTo(u8),
    /// Removes the buffer from its place and calls `Buffer::destroy`.
    TakeAndDestroy,
    /// `is_alive`, `len`, `Session::exists`.
    Inspect,
    /// An accessor that returns integers. Its callback holds no access. It reads the same buffer again and applies
    /// operations.
    Callback {
        /// The operations in the callback.
        ops: Vec<Op>,
    },
    /// `with_buffers` of this buffer and those at other places, all to read or all to write. Bit `n` of `others` is
    /// place `n`.
    Several {
        /// Which other places.
        others: u8,
        /// Whether all are written.
        writes: bool,
        /// Names the buffers in descending order of their places.
        reversed: bool,
    },
}

impl Op {
    /// The operations nested in it, if it can have any.
    pub fn nested(&self) -> Option<&Vec<Op>> {
        match self {
            Self::Nest { ops, .. }
            | Self::WithBuffers { ops, .. }
            | Self::Show { ops, .. }
            | Self::Shared { by: SharedCall::Nest { ops, .. } | SharedCall::Callback { ops }, .. } => Some(ops),
            _ => None,
        }
    }

    /// The number of operations: itself and those nested in it.
    pub fn count(&self) -> usize {
        1 + self.nested().map_or(0, |ops| ops.iter().map(Op::count).sum())
    }

    /// The operations nested in it, to be changed.
    pub fn nested_mut(&mut self) -> Option<&mut Vec<Op>> {
        match self {
            Self::Nest { ops, .. }
            | Self::WithBuffers { ops, .. }
            | Self::Show { ops, .. }
            | Self::Shared { by: SharedCall::Nest { ops, .. } | SharedCall::Callback { ops }, .. } => Some(ops),
            _ => None,
        }
    }

    /// Its name for the watchdog.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "creating a buffer",
            Self::Read { .. } => "reading",
            Self::Write { .. } => "writing",
            Self::Wipe(_) => "wipe",
            Self::Scramble(_) => "scramble",
            Self::Freeze(_) => "freeze",
            Self::Melt(_) => "melt",
            Self::Clone { .. } => "try_clone",
            Self::Inspect(_) => "len, is_alive, is_mutable, exists",
            Self::Destroy(_) => "destroy",
            Self::Drop(_) => "dropping a buffer",
            Self::Seal { .. } => "Buffer::seal",
            Self::SealBytes { .. } => "Session::enclave",
            Self::Open { .. } => "open",
            Self::Tamper { .. } => "opening changed bytes",
            Self::Purge => "purge",
            Self::Show { .. } => "Enclave::with_data",
            Self::OpenInto { .. } => "open_into",
            Self::Compare { .. } => "equals_buffer",
            Self::PurgeInside(_) => "purge inside a read",
            Self::Nest { .. } => "operations inside a buffer",
            Self::WithBuffers { .. } => "with_buffers",
            Self::FromReader { .. } => "creating a buffer from a reader",
            Self::Stream { .. } => "using a stream",
            Self::Rekey => "rekey",
            Self::Query(_) => "health or audit",
            Self::Fault { .. } => "planting a fault",
            Self::Panic => "panicking",
            Self::PanicInRekey => "a rekey that panics",
            Self::Shared { .. } => "using a shared buffer",
            Self::SharedEnclave { .. } => "using a shared enclave",
            Self::SharedStream { .. } => "using a shared stream",
            Self::LeaveSession => "leaving the session",
            Self::ExpireWaits => "letting waits expire",
        }
    }
}
