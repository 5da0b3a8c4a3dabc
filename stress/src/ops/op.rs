//! The operations: one call of the public API each, as a value that can be drawn, decoded, printed and replayed.

use super::parts::{Damage, Entering, Giving, Look, Origin, Queueing, Reading, Sharing, SystemCall, Taking, Writing};
use serde::Serialize;

/// One call on what one [`Actor`](super::Actor) has.
///
/// Places are taken modulo the number of places that the actor has, and an operation on an empty place fills it first: so
/// every sequence of operations means something, whatever drew it.
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
        by: Reading,
    },
    /// Writes a part of a buffer.
    Write {
        /// Which buffer.
        at: u8,
        /// By which call.
        by: Writing,
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
        shelf: u8,
    },
    /// `Session::enclave`.
    Enclose {
        /// Where the enclave goes.
        shelf: u8,
        /// The length of the secret.
        len: u16,
    },
    /// `Enclave::open`.
    Open {
        /// Which enclave.
        shelf: u8,
        /// Where the buffer goes.
        at: u8,
    },
    /// Opens changed bytes of an enclave, which must be refused.
    Tamper {
        /// Which enclave.
        shelf: u8,
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
        by: Entering,
        /// What is done inside.
        ops: Vec<Op>,
    },
    /// `with_buffers`, and other things inside. Bit `n` is place `n`; a place in both must be refused.
    Together {
        /// Which buffers are read.
        reads: u8,
        /// Which buffers are written.
        writes: u8,
        /// What is done inside.
        ops: Vec<Op>,
    },
    /// Makes a buffer of what a reader gives.
    Take {
        /// Where it goes.
        at: u8,
        /// How much is taken.
        by: Taking,
        /// What the reader does, call by call; then it has ended.
        reader: Vec<Giving>,
    },
    /// Uses a stream.
    Queue {
        /// Which stream.
        at: u8,
        /// By which call.
        by: Queueing,
    },
    /// `Session::rekey`.
    Rekey,
    /// Looks at the session as a whole.
    Look(Look),
    /// Makes a call of the simulated system fail.
    Fault {
        /// Which call.
        call: SystemCall,
        /// How many of these calls succeed before.
        after: u8,
    },
    /// Panics, if nested in an access: what the panic leaves is as sound as after any other return.
    Panic,
    /// Uses a buffer that all threads of a program share.
    Share {
        /// Which one.
        at: u8,
        /// By which call.
        by: Sharing,
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
            Self::Enclose { .. } => "Session::enclave",
            Self::Open { .. } => "open",
            Self::Tamper { .. } => "opening changed bytes",
            Self::Purge => "purge",
            Self::PurgeInside(_) => "purge inside a read",
            Self::Nest { .. } => "doing things inside a buffer",
            Self::Together { .. } => "with_buffers",
            Self::Take { .. } => "making a buffer of a reader",
            Self::Queue { .. } => "using a stream",
            Self::Rekey => "rekey",
            Self::Look(_) => "health or audit",
            Self::Fault { .. } => "planting a fault",
            Self::Panic => "panicking",
            Self::Share { .. } => "using a shared buffer",
        }
    }
}
