//! The operations: one call of the public API each, as a value that can be drawn, printed and replayed.

/// One call on the buffers and enclaves of one [`Actor`](super::Actor).
///
/// Places are taken modulo the number of places that the actor has, and an operation on an empty place fills it first: so
/// every sequence of operations means something, whatever drew it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Makes a buffer; the one that was there is dropped.
    Create {
        /// Where it goes.
        at: usize,
        /// How it is made.
        origin: Origin,
        /// Its length. 0 is a mistake that must be refused.
        len: usize,
    },
    /// Reads a buffer and compares what is read.
    Read {
        /// Which buffer.
        at: usize,
        /// By which call.
        by: Reading,
    },
    /// Writes a part of a buffer.
    Write {
        /// Which buffer.
        at: usize,
        /// By which call.
        by: Writing,
        /// Where the part starts. May lie outside, which must be refused.
        offset: usize,
        /// How long the part is.
        len: usize,
    },
    /// `Buffer::wipe`.
    Wipe(usize),
    /// `Buffer::scramble`.
    Scramble(usize),
    /// `Buffer::freeze`.
    Freeze(usize),
    /// `Buffer::melt`.
    Melt(usize),
    /// `Buffer::try_clone`.
    Clone {
        /// What is cloned.
        from: usize,
        /// Where the clone goes.
        to: usize,
    },
    /// Everything that answers without entering: `len`, `is_empty`, `is_alive`, `is_mutable`, `exists`.
    Inspect(usize),
    /// `Buffer::destroy`. The handle stays, and every later call must answer that it is destroyed.
    Destroy(usize),
    /// Drops the handle.
    Drop(usize),
    /// `Buffer::seal`.
    Seal {
        /// Which buffer.
        at: usize,
        /// Where the enclave goes.
        shelf: usize,
    },
    /// `Session::enclave`.
    Enclose {
        /// Where the enclave goes.
        shelf: usize,
        /// The length of the secret.
        len: usize,
    },
    /// `Enclave::open`.
    Open {
        /// Which enclave.
        shelf: usize,
        /// Where the buffer goes.
        at: usize,
    },
    /// Opens changed bytes of an enclave, which must be refused.
    Tamper {
        /// Which enclave.
        shelf: usize,
        /// What is changed.
        damage: Damage,
    },
    /// `Session::purge`, at top level.
    Purge,
    /// `Session::purge` from inside a read of this buffer.
    PurgeInside(usize),
}

/// How a buffer comes into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `Session::buffer`: zeros.
    Zeros,
    /// `Session::buffer_from`.
    Bytes,
    /// `Session::random_buffer`.
    Random,
}

/// How a buffer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `Buffer::read`.
    Guard,
    /// `Buffer::try_read`.
    Try,
    /// `Buffer::with_data`.
    Closure,
    /// `Buffer::with_data`, staying inside while other threads run: the bytes must be the same before and after.
    Linger,
    /// `Buffer::equals`, with the right bytes and with wrong ones.
    Equals,
    /// One of the accessors that hand out integers.
    Typed(Width),
}

/// Which integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
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

/// What is done to sealed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One bit is flipped: this one, counted from the start, modulo the length.
    Flip(usize),
    /// This many bytes, modulo the length, are cut off the end, and at least one.
    Cut(usize),
    /// A byte is added at the end.
    Extend,
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
        }
    }
}
