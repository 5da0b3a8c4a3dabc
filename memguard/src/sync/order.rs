//! The lock order: which classes of lock exist and how they rank. Everything else about the order is derived from this
//! file.

use std::fmt;

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $name:ident = $rank:literal, $label:literal, guards: $guards:literal;)+) => {
        /// A kind of lock. All locks of a class rank alike.
        ///
        /// **The rule (ORDER):** a thread blocks only on a class that ranks above every class it holds. A lock of an
        /// equal or lower rank is only ever *tried*. There is one exception: a thread may wait for several ACCESS locks
        /// in the order of their numbers ([`Kind::Ordered`](crate::sync::Kind::Ordered)).
        ///
        /// ```
        /// # #[cfg(feature = "internals")] {
        /// use memguard::sync::Class;
        /// assert!(Class::Coffer.rank() < Class::Buffers.rank());
        /// assert_eq!(Class::Coffer.to_string(), "COFFER");
        /// # }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Class { $($(#[doc = $doc])+ $name,)+ }

        impl Class {
            /// Every class, lowest rank first.
            pub const ALL: &'static [Class] = &[$(Class::$name,)+];

            /// The place in the order. A thread blocks only on a rank above every rank it holds.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// use memguard::sync::Class;
            /// assert!(Class::Coffer.rank() < Class::Buffers.rank());
            /// # }
            /// ```
            pub const fn rank(self) -> u8 {
                match self { $(Class::$name => $rank,)+ }
            }

            /// The name that documents, logs and reports use.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// assert_eq!(memguard::sync::Class::Coffer.label(), "COFFER");
            /// # }
            /// ```
            pub const fn label(self) -> &'static str {
                match self { $(Class::$name => $label,)+ }
            }

            /// The name by which `memguard_lockdep` knows the class beside those of other libraries.
            ///
            /// ```
            /// # #[cfg(feature = "lockdep")] {
            /// assert_eq!(memguard::sync::Class::Coffer.full_name(), "memguard::COFFER");
            /// # }
            /// ```
            #[cfg(feature = "lockdep")]
            pub const fn full_name(self) -> &'static str {
                match self { $(Class::$name => concat!("memguard::", $label),)+ }
            }

            /// What a lock of this class protects.
            ///
            /// ```
            /// # #[cfg(feature = "internals")] {
            /// assert_eq!(memguard::sync::Class::Pool.guards(), "the free page slots");
            /// # }
            /// ```
            pub const fn guards(self) -> &'static str {
                match self { $(Class::$name => $guards,)+ }
            }
        }
    };
}

classes! {
    /// The lease of one buffer: the only thing held while user code runs.
    Access = 0, "ACCESS", guards: "user code inside one buffer (readers, writer, doomed)";
    /// A stream's queue of chunks.
    Stream = 1, "STREAM", guards: "a stream's queue of chunks";
    /// The rekey thread is at a session. A session that ends waits for it as for a lock.
    RekeyThread = 1, "REKEY-THREAD", guards: "a step of the rekey thread (a wait for its end, not a lock)";
    /// The session's key, split in two halves.
    Coffer = 2, "COFFER", guards: "the split enclave key and its id";
    /// The session's registry of live buffers.
    Buffers = 3, "BUFFERS", guards: "the registry of live buffers";
    /// The session's free page slots.
    Pool = 4, "POOL", guards: "the free page slots";
    /// One buffer's inner state. A leaf: nothing is acquired while it is held.
    Buffer = 5, "BUFFER", guards: "one buffer's inner state and its queue of waiters";
}

impl Class {
    /// Whether a thread waits for no other lock while it holds one of this class.
    ///
    /// ```
    /// # #[cfg(feature = "internals")] {
    /// use memguard::sync::Class;
    /// assert!(Class::Buffers.is_leaf() && !Class::Coffer.is_leaf());
    /// # }
    /// ```
    pub const fn is_leaf(self) -> bool {
        // User code runs under ACCESS. A purge takes BUFFERS under COFFER.
        !matches!(self, Class::Access | Class::Coffer)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
