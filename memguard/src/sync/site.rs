//! The sites: every place in the library that acquires a lock, with what may be held there and what happens on
//! contention.
//!
//! An acquisition does not compile without its site, so this table is complete. lockdep checks each acquisition against
//! it, and `LOCK_ORDERING.md` prints it.

use super::lockdep::{self, Kind, Outcome};
use super::order::Class;
use std::fmt;

macro_rules! sites {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $class:ident, $kind:ident, held [$($held:ident),*],
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

        static DESCRIBED: [lockdep::Site; Site::ALL.len()] = [$(
            lockdep::Site {
                name: stringify!($name),
                class: Class::$class.described(),
                kind: Kind::$kind,
                may_hold: &[$(Class::$held.described(),)*],
                outcomes: Kind::$kind.outcomes().with(&[$($(Outcome::$also,)+)?]).without(&[$($(Outcome::$never,)+)?]),
                index: Site::$name as usize,
            },
        )+];

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

            /// The classes that a thread may hold when it comes here. Anything else is an order violation.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Class, Site};
            /// assert_eq!(Site::RegistryPurge.may_hold(), [Class::Access, Class::Coffer]);
            /// # }
            /// ```
            pub const fn may_hold(self) -> &'static [Class] {
                match self { $(Site::$name => &[$(Class::$held,)*],)+ }
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
            pub fn can(self, outcome: Outcome) -> bool {
                self.described().outcomes.contains(outcome)
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

            /// The classes that a thread may hold while it waits here: the edges of the order that end here. A site
            /// that only tries has none. An access has none either, except in ascending order: it waits only as the
            /// first lock that a thread takes.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::{Class, Site};
            /// assert_eq!(Site::CofferView.waits_under(), [Class::Access]);
            /// assert!(Site::CofferRekey.waits_under().is_empty());
            /// # }
            /// ```
            pub const fn waits_under(self) -> &'static [Class] {
                match self.kind() {
                    Kind::Block | Kind::Timed | Kind::Ordered => self.may_hold(),
                    Kind::Try | Kind::Lease => &[],
                }
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
// under the coffer, where tests plant a panic. Nothing under BUFFERS, POOL or a buffer's queue can panic. A join cannot
// be contended: it waits in any case.
sites! {
    /// `Buffer::read`, `with_data` and everything that reads through them.
    BufferRead: Access, Lease, held [Access],
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::write`, `with_data_mut` and everything that writes through them.
    BufferWrite: Access, Lease, held [Access],
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::try_read`.
    BufferTryRead: Access, Try, held [Access], also [Destroyed], "Error::WouldBlock";
    /// `Buffer::try_write`.
    BufferTryWrite: Access, Try, held [Access], also [Destroyed], "Error::WouldBlock";
    /// `with_buffers` enters a buffer to read.
    BuffersRead: Access, Ordered, held [Access],
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `with_buffers` enters a buffer to write.
    BuffersWrite: Access, Ordered, held [Access],
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// `Buffer::freeze` and `melt`: a shared access keeps writers out while the protection changes.
    BufferProtect: Access, Lease, held [Access],
        "waits; nested: Error::WouldDeadlock; at the acquire timeout: Error::Timeout";
    /// The accesses to a buffer that no other thread has seen yet (from bytes, random, readers, clone, open).
    BufferFill: Access, Try, held [Access], also [Destroyed], never [WouldBlock],
        "cannot be contended: only `purge` knows the buffer, and it does not wait";
    /// A thread that waits for an access queues here. It holds accesses only if it waits for several in order.
    LeaseWait: Buffer, Block, held [Access], "waits: holders only queue or notify";
    /// The end of an access, or `destroy`, wakes the waiters.
    LeaseWake: Buffer, Block, held [Access], "waits: holders only queue or notify";
    /// `freeze` and `melt` change the protection of the pages.
    StateProtect: Buffer, Block, held [Access], also [Poisoned], "waits: holders make at most one system call";
    /// An access begins in a session that conceals: the first thread in makes the pages readable or writable.
    StateReveal: Buffer, Block, held [Access], also [Poisoned], "waits: holders make at most one system call";
    /// Such an access ends: the last thread out conceals the pages again.
    StateConceal: Buffer, Block, held [Access], "waits: holders make at most one system call";
    /// A slot is taken from the pool.
    PoolTake: Pool, Block, held [Access], "waits: O(1) sections without system calls";
    /// A wiped slot goes back to the pool.
    PoolPut: Pool, Block, held [Access], "waits: O(1) sections without system calls";
    /// A page is taken from the spares of the thread's shard.
    PoolTakeSpare: Pool, Try, held [Access], "takes it from the lists";
    /// A wiped page goes to the spares of the thread's shard.
    PoolPutSpare: Pool, Try, held [Access], "gives it to the lists";
    /// Free slots are given back to the system, at a limit or at the end of the session.
    PoolTrim: Pool, Block, held [Access], "waits: O(1) sections without system calls";
    /// The rekey thread gives back the slots that a purge kept for the moment.
    PoolTick: Pool, Try, held [], "tries again at the next tick";
    /// `Session::audit` takes the free slots out to look at them.
    PoolAudit: Pool, Block, held [Access], "waits: O(1) sections without system calls";
    /// A new buffer enters the registry.
    RegistryAdd: Buffers, Try, held [Access], "parks the buffer; the next holder or `purge` takes it in";
    /// A destroyed buffer leaves the registry.
    RegistryRemove: Buffers, Try, held [Access], "leaves a tombstone; the next holder or `purge` drops it";
    /// `purge` takes the contents of the registry.
    RegistryPurge: Buffers, Block, held [Access, Coffer], "waits: a step for each node settled or doomed";
    /// A purge takes the next buffer that it, or a purge at the same time, is to wipe.
    RegistryNext: Buffers, Block, held [Access], "waits: a step for each node settled or doomed";
    /// `Session::health` counts the registry.
    RegistryHealth: Buffers, Block, held [Access], "waits: a step for each node settled or doomed";
    /// A stream takes chunks in.
    StreamPush: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// A reader of a stream looks for its next bytes.
    StreamFront: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// A reader puts the chunk that it opened in place of the sealed one.
    StreamOpened: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// `Stream::next` looks at the rest of the first chunk.
    StreamRest: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// `Stream::next` takes the chunk that it has opened or copied.
    StreamTake: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// `Stream::clear` takes all chunks out.
    StreamClear: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// `Stream::len` and `drain` look at the length.
    StreamLen: Stream, Block, held [Access], "waits: O(1) sections that call nothing";
    /// `seal` and `open` copy the key into a locked slot.
    CofferView: Coffer, Timed, held [Access], also [Poisoned], "waits; at the acquire timeout: Error::Timeout";
    /// The rekey thread, or `Session::rekey`, splits the key anew.
    CofferRekey: Coffer, Try, held [Access], also [Poisoned], "skips this rekey and counts it";
    /// `purge` destroys the key.
    CofferPurge: Coffer, Block, held [Access], also [Poisoned],
        "waits: holders hash two blocks and never wait for user code";
    /// A session that ends waits for its rekey thread, which only ever tries locks.
    SessionJoin: RekeyThread, Block, held [Access], never [Contended],
        "waits: the thread is told to stop and takes locks by try only";
}

impl Site {
    /// The site as lockdep knows it.
    pub(super) const fn described(self) -> &'static lockdep::Site {
        &DESCRIBED[self as usize]
    }

    /// The site with lockdep's description. `None` if it is not a site of this library.
    ///
    /// ```
    /// # #[cfg(feature = "lockdep")] {
    /// use memguard::sync::{Site, lockdep};
    /// drop(memguard::Buffer::new(8)?);
    /// let sites: Vec<Site> = lockdep::outcomes().into_iter().filter_map(|(site, ..)| Site::of(site)).collect();
    /// assert!(sites.contains(&Site::PoolTake));
    /// # }
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn of(site: &lockdep::Site) -> Option<Self> {
        Self::ALL.get(site.index).copied().filter(|own| own.described() == site)
    }
}

/// Whether lockdep's site is this site.
impl PartialEq<Site> for &lockdep::Site {
    fn eq(&self, other: &Site) -> bool {
        *self == other.described()
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
