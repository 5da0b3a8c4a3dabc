//! The operations: one call of the public API each, as a value that can be drawn, decoded, printed and replayed.

use super::parts::{
    Damage, EnclaveCall, EnterCall, Origin, Query, ReadCall, ReadStep, ReaderCall, StreamCall, SystemCall, WriteCall,
};
use serde::Serialize;

/// One call on what one [`Actor`](super::Actor) has.
///
/// Places are taken modulo the number of places that the actor has, and an operation on an empty place fills it first:
/// so every sequence of operations means something, whatever drew it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Op {
    /// Makes a buffer; the one that was there is dropped.
    Create {
        /// Where it goes.
        at: u8,
        /// How it is made.
        origin: Origin,
        /// Its length. 0 is a mistake that must be refused.
        len: u16,
    },
    /// Reads a buffer and compares what is read.
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
        /// Where the part starts. May lie outside, which must be refused.
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
    /// Everything that answers without entering: `len`, `is_empty`, `is_alive`, `is_mutable`, `exists`.
    Inspect(u8),
    /// `Buffer::destroy`. The handle stays, and every later call must answer that it is destroyed.
    Destroy(u8),
    /// Drops the handle; inside an access to the buffer, when that access ends.
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
    /// `Session::purge`, at top level or wherever this is nested.
    Purge,
    /// `Session::purge` from inside a read of this buffer.
    PurgeInside(u8),
    /// Enters a buffer and does other things inside, on the same buffer too.
    Nest {
        /// Which buffer.
        at: u8,
        /// By which call.
        by: EnterCall,
        /// What is done inside.
        ops: Vec<Op>,
    },
    /// `with_buffers`, and other things inside. Bit `n` is place `n`; a place in both must be refused.
    WithBuffers {
        /// Which buffers are read.
        reads: u8,
        /// Which buffers are written.
        writes: u8,
        /// What is done inside.
        ops: Vec<Op>,
    },
    /// Makes a buffer of what a reader gives.
    FromReader {
        /// Where it goes.
        at: u8,
        /// How much is taken.
        by: ReaderCall,
        /// What the reader does, call by call; then it has ended.
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
    /// Looks at the session as a whole.
    Query(Query),
    /// Makes a call of the simulated system fail.
    Fault {
        /// Which call.
        call: SystemCall,
        /// How many of these calls succeed before.
        after: u8,
    },
    /// Panics, if nested in an access: what the panic leaves is as sound as after any other return.
    Panic,
    /// Uses a buffer that all threads of a program share; it is made first if none lives there.
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
    /// Uses a stream that all threads of a program share. Each write is one tagged secret, whatever length the call
    /// names.
    SharedStream {
        /// Which one.
        at: u8,
        /// By which call.
        by: StreamCall,
    },
    /// Gives this thread's handle of the session back. The last thread that does so ends the session with
    /// `Session::close`, while others may still use what the session gave them.
    LeaveSession,
    /// From now on a wait of this thread gives up as soon as it would have to wait. Needs a scheduler that decides what
    /// time is: on the system's threads it does nothing.
    ExpireWaits,
}

/// A call on one of the buffers that all threads of a program share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum SharedCall {
    /// Reads it, letting others run in between.
    Read,
    /// Writes all of it, letting others run in between.
    Write,
    /// `Buffer::try_read`.
    TryRead,
    /// `Buffer::try_write`.
    TryWrite,
    /// Does other things inside a read or a write of it.
    Nest {
        /// By which call it is entered.
        by: EnterCall,
        /// What is done inside.
        ops: Vec<Op>,
    },
    /// `with_buffers`, over this one to write and all others to read.
    WithBuffers,
    /// `Buffer::freeze`.
    Freeze,
    /// `Buffer::melt`.
    Melt,
    /// `Buffer::try_clone`; the clone is read and dropped.
    Clone,
    /// `Buffer::destroy`. The next thread that comes here makes a new one.
    Destroy,
    /// `Buffer::seal`; the enclave is opened and the buffer put in place of the sealed one.
    Seal,
    /// Puts a new buffer here. The handle of the old one is dropped, while others may use theirs.
    Replace,
    /// `Buffer::try_clone`; the clone goes to this place among the shared buffers.
    CloneTo(u8),
    /// Takes the handle away from the others that come later, and calls `Buffer::destroy`.
    TakeAndDestroy,
    /// `is_alive`, `len`, `Session::exists`.
    Inspect,
    /// An accessor that hands out integers. Its callback is inside no access: it reads the same buffer again and does
    /// other things.
    Callback {
        /// What is done in the callback.
        ops: Vec<Op>,
    },
    /// `with_buffers`, over this one and the other places named, all to read or all to write. Bit `n` of `others` is
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
    /// What a watchdog calls it.
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
            Self::PurgeInside(_) => "purge inside a read",
            Self::Nest { .. } => "doing things inside a buffer",
            Self::WithBuffers { .. } => "with_buffers",
            Self::FromReader { .. } => "making a buffer of a reader",
            Self::Stream { .. } => "using a stream",
            Self::Rekey => "rekey",
            Self::Query(_) => "health or audit",
            Self::Fault { .. } => "planting a fault",
            Self::Panic => "panicking",
            Self::Shared { .. } => "using a shared buffer",
            Self::SharedEnclave { .. } => "using a shared enclave",
            Self::SharedStream { .. } => "using a shared stream",
            Self::LeaveSession => "leaving the session",
            Self::ExpireWaits => "letting waits expire",
        }
    }
}
