//! The sites: every place in the library that acquires a lock, with how it does so and what happens on contention.
//!
//! An acquisition does not compile without its site, so this table is complete. lockdep checks each acquisition against
//! it, and `LOCK_ORDERING.md` prints it.

use super::order::Class;
use super::outcome::{Kind, Outcome, Outcomes};
use std::fmt;

macro_rules! sites {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $class:ident, $kind:ident,
        $(also [$($also:ident),+],)? $(never [$($never:ident),+],)?
        $contention:literal;
    )+) => {
        /// A place in the source that acquires a lock.
        ///
        /// ```
        /// # #[cfg(feature = "internals")] {
        /// use memguard::sync::{Class, Kind, Site};
        /// assert_eq!(Site::RegistryAdd.class(), Class::Buffers);
        /// assert_eq!(Site::RegistryAdd.kind(), Kind::Try);
        /// # }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Site { $($(#[doc = $doc])+ $name,)+ }

        impl Site {
            /// Every site.
            pub const ALL: &'static [Site] = &[$(Site::$name,)+];

            /// The class of the lock acquired here.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Class, Site};
            /// assert_eq!(Site::CofferView.class(), Class::Coffer);
            /// # }
            /// ```
            pub const fn class(self) -> Class {
                match self { $(Site::$name => Class::$class,)+ }
            }

            /// How it is acquired.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Kind, Site};
            /// assert_eq!(Site::CofferRekey.kind(), Kind::Try);
            /// # }
            /// ```
            pub const fn kind(self) -> Kind {
                match self { $(Site::$name => Kind::$kind,)+ }
            }

            /// Whether an acquisition here can have this outcome. lockdep reports an outcome that it cannot have. The
            /// gate of the models fails while no model reaches an outcome that it can have.
            ///
            /// The outcomes are those of the kind, plus what the row adds (`also`), minus what it excludes (`never`).
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Outcome, Site};
            /// assert!(Site::CofferView.can(Outcome::TimedOut));
            /// assert!(!Site::CofferPurge.can(Outcome::TimedOut));
            /// # }
            /// ```
            pub const fn can(self, outcome: Outcome) -> bool {
                let outcomes: Outcomes = match self {
                    $(Site::$name => {
                        Kind::$kind.outcomes().with(&[$($(Outcome::$also,)+)?]).without(&[$($(Outcome::$never,)+)?])
                    })+
                };
                outcomes.contains(outcome)
            }

            /// Every outcome that an acquisition here can have.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Outcome, Site};
            /// assert!(Site::RegistryAdd.outcomes().eq([Outcome::Acquired, Outcome::WouldBlock]));
            /// # }
            /// ```
            pub fn outcomes(self) -> impl Iterator<Item = Outcome> {
                Outcome::ALL.iter().copied().filter(move |&outcome| self.can(outcome))
            }

            /// What the library does when the lock is not free.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// assert!(memguard::sync::Site::CofferRekey.on_contention().starts_with("skips this rekey"));
            /// # }
            /// ```
            pub const fn on_contention(self) -> &'static str {
                match self { $(Site::$name => $contention,)+ }
            }

            /// The name of the variant, which is the name in reports.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// assert_eq!(memguard::sync::Site::PoolTake.label(), "PoolTake");
            /// # }
            /// ```
            pub const fn label(self) -> &'static str {
                match self { $(Site::$name => stringify!($name),)+ }
            }
        }
    };
}

// Poisoned is listed only where something can panic under the lock: `mprotect` under a buffer's state and `getrandom`
// under the coffer, where tests plant a panic. Nothing under BUFFERS, POOL or a buffer's queue can panic. A wait
// for a step cannot be contended: it waits in any case.
sites! {
    /// `Buffer::read`, `with_data` and everything that reads through them.
    BufferRead: Access, Lease,
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::write`, `with_data_mut` and everything that writes through them.
    BufferWrite: Access, Lease,
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::try_read`.
    BufferTryRead: Access, Try, also [Destroyed], "Error::WouldBlock";
    /// `Buffer::try_write`.
    BufferTryWrite: Access, Try, also [Destroyed], "Error::WouldBlock";
    /// `with_buffers` enters a buffer to read.
    BuffersRead: Access, Ordered,
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `with_buffers` enters a buffer to write.
    BuffersWrite: Access, Ordered,
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::freeze` and `melt`: a shared access keeps writers out while the protection changes.
    BufferProtect: Access, Lease,
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// The accesses to a buffer that no other thread has seen yet (from bytes, random, readers, clone, open).
    BufferFill: Access, Try, also [Destroyed], never [WouldBlock],
        "cannot be contended: only `purge` knows the buffer, and it does not wait";
    /// A thread that waits for an access queues here. It holds accesses only if it waits for several in order.
    LeaseWait: Buffer, Block, "waits: holders only queue or notify";
    /// The end of an access, or `destroy`, wakes the waiters.
    LeaseWake: Buffer, Block, "waits: holders only queue or notify";
    /// `freeze` and `melt` change the protection of the pages.
    StateProtect: Buffer, Block, also [Poisoned], "waits: holders make at most one system call";
    /// An access begins in a session that conceals: the first thread in makes the pages readable or writable.
    StateReveal: Buffer, Block, also [Poisoned], "waits: holders make at most one system call";
    /// Such an access ends: the last thread out conceals the pages again.
    StateConceal: Buffer, Block, "waits: holders make at most one system call";
    /// A slot is taken from the pool.
    PoolTake: Pool, Block, "waits: O(1) sections without system calls";
    /// A wiped slot goes back to the pool.
    PoolPut: Pool, Block, "waits: O(1) sections without system calls";
    /// A page is taken from the spares of the thread's shard.
    PoolTakeSpare: Pool, Try, "takes it from the lists";
    /// A wiped page goes to the spares of the thread's shard.
    PoolPutSpare: Pool, Try, "gives it to the lists";
    /// Free slots are given back to the system, at a limit or at the end of the session.
    PoolTrim: Pool, Block, "waits: O(1) sections without system calls";
    /// Free slots are given back by another thread: by the rekey thread those that a purge kept for the moment, and all
    /// of them at a limit that another session has reached.
    PoolTick: Pool, Try, "leaves them; the rekey thread tries again at its next tick";
    /// `Session::audit` takes the free slots out to look at them.
    PoolAudit: Pool, Block, "waits: O(1) sections without system calls";
    /// A new buffer enters the registry.
    RegistryAdd: Buffers, Try, "parks the buffer; the next holder or `purge` takes it in";
    /// A destroyed buffer leaves the registry.
    RegistryRemove: Buffers, Try, "leaves a tombstone; the next holder or `purge` drops it";
    /// `purge` takes the contents of the registry.
    RegistryPurge: Buffers, Block, "waits: a step for each node settled or doomed";
    /// A purge takes the next buffer that it, or a purge at the same time, is to wipe.
    RegistryNext: Buffers, Block, "waits: a step for each node settled or doomed";
    /// `Session::health` counts the registry.
    RegistryHealth: Buffers, Block, "waits: a step for each node settled or doomed";
    /// A stream takes chunks in.
    StreamPush: Stream, Block, "waits: O(1) sections that call nothing";
    /// A reader of a stream looks for its next bytes.
    StreamFront: Stream, Block, "waits: O(1) sections that call nothing";
    /// A reader puts the chunk that it opened in place of the sealed one.
    StreamOpened: Stream, Block, "waits: O(1) sections that call nothing";
    /// `Stream::next` looks at the rest of the first chunk.
    StreamRest: Stream, Block, "waits: O(1) sections that call nothing";
    /// `Stream::next` takes the chunk that it has opened or copied.
    StreamTake: Stream, Block, "waits: O(1) sections that call nothing";
    /// `Stream::clear` takes all chunks out.
    StreamClear: Stream, Block, "waits: O(1) sections that call nothing";
    /// `Stream::len` and `drain` look at the length.
    StreamLen: Stream, Block, "waits: O(1) sections that call nothing";
    /// `seal` and `open` copy the key into a locked slot.
    CofferView: Coffer, Timed, also [Poisoned], "waits; at the acquire timeout: Error::Timeout";
    /// The rekey thread, or `Session::rekey`, splits the key anew.
    CofferRekey: Coffer, Try, also [Poisoned], "skips this rekey and counts it";
    /// `purge` destroys the key.
    CofferPurge: Coffer, Block, also [Poisoned],
        "waits: holders hash two blocks and never wait for user code";
    /// A session that ends waits until the rekey thread has left it. The thread only ever tries locks.
    SessionJoin: RekeyThread, Block, never [Contended],
        "waits: for one step at most, and the thread takes locks by try only";
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
