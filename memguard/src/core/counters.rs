//! What a session counts, so that no degraded outcome goes unseen (VISIBLE). `tell` logs it.

use crate::memory::{Counter, MemoryCounters};
use crate::sync::Shards;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

macro_rules! degraded {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// How often a session could not do something as intended, counted since it was built.
        ///
        /// ```
        /// let session = memguard::Session::new()?;
        /// assert!(session.health().degraded.iter().all(|(_, count)| count == 0));
        /// # Ok::<(), memguard::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Degraded { $($(#[doc = $doc])+ pub $name: u64,)+ }

        impl Degraded {
            /// Each kind with its count, in the order of the fields.
            ///
            /// ```
            /// let degraded = memguard::Session::new()?.health().degraded;
            /// assert!(degraded.iter().any(|(kind, count)| (kind, count) == ("acquire_timeouts", 0)));
            /// # Ok::<(), memguard::Error>(())
            /// ```
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }
        }

        /// How many kinds there are.
        const KINDS: usize = [$(stringify!($name),)+].len();
    };
}

degraded! {
    /// New buffers that could not enter the registry at once, because another thread held its lock (BUFFERS). The next
    /// holder of the lock takes them in.
    parked_registrations,
    /// Destroyed buffers that could not leave the registry at once, because BUFFERS was held. The next holder dropped
    /// them.
    deferred_removals,
    /// Buffers destroyed or purged during an access, and bytes of enclaves at which a closure looked during a purge.
    /// The last thread to leave wipes them.
    handed_over_wipes,
    /// Rekeys skipped because another thread held the session's key (COFFER). The next interval tries again.
    rekeys_skipped,
    /// Rekeys that failed half-way. The old split stayed in force.
    rekeys_failed,
    /// Accesses refused because waiting could deadlock, or because the thread was already inside the buffer.
    accesses_refused,
    /// Accesses and key views that gave up at the acquire timeout.
    acquire_timeouts,
    /// Calls that failed at a limit of the system.
    limits_reached,
    /// Pages that could not be locked into RAM, in a session built with `MlockPolicy::Prefer`.
    unlocked_pages,
    /// Pages that a core dump contains, because the system has no `MADV_DONTDUMP`, refused it, or did nothing.
    dumpable_pages,
    /// Pages that a child process inherits with their bytes, because the system has no `MADV_WIPEONFORK`, refused it,
    /// or did nothing.
    inheritable_pages,
    /// Pages without guards, which freezing and concealing do not change in hardware, because the system refuses
    /// `mprotect`, or does nothing. Only in a session whose policy for `ControlKind::Guard` is `Prefer`.
    unguarded_pages,
    /// Pages that the kernel can read for another process, in a session of `Isolation::Secret` whose policy for
    /// `ControlKind::Hide` is `Prefer`.
    unhidden_pages,
    /// Accesses after which the system refused to conceal the pages again. The end of the next access tries again.
    unconcealed,
    /// Buffers whose canary was overwritten.
    corrupted_buffers,
    /// Free slots that were not zero. Each is a bug of this library, or of code that writes to freed memory.
    dirty_slots,
    /// Slots that the system refused to make writable and to discard. They were unmapped unwiped, and the kernel clears
    /// them. If it refused that too, destroying the buffer was `Error::Unwiped`, and a purge counted it as failed.
    unwiped_slots,
    /// Slots that the system refused to unmap.
    leaked_slots,
    /// Places on packed pages that were lost to a panic inside the library. They are wiped and not used again.
    lost_places,
    /// Locks recovered after a panic inside the library. Their data was verified.
    poison_recoveries,
    /// Keys that were damaged by a panic inside the library, and were destroyed.
    keys_lost,
    /// Records that were lost because the logger panicked.
    logger_panics,
}

/// The counters of one session.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) memory: Arc<MemoryCounters>,
    pub(crate) parked_registrations: Counter,
    pub(crate) deferred_removals: Counter,
    pub(crate) handed_over_wipes: Counter,
    pub(crate) rekeys_skipped: Counter,
    pub(crate) rekeys_failed: Counter,
    pub(crate) accesses_refused: Counter,
    pub(crate) acquire_timeouts: Counter,
    pub(crate) unconcealed: Counter,
    pub(crate) poison_recoveries: Counter,
    pub(crate) keys_lost: Counter,
    pub(crate) logger_panics: Counter,
    /// What nearly every call counts.
    uses: Shards<Uses>,
    /// Buffers destroyed or purged whose last access has not ended yet.
    pub(crate) awaiting_handover: Counter,
    pub(crate) rekeys: Counter,
    pub(crate) purges: Counter,
    /// How many of each kind were logged, in the order of [`Degraded::iter`].
    pub(super) told: [AtomicU64; KINDS],
    pub(super) batches: Batches,
}

/// What a shard's threads count.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Buffers created.
    pub(crate) created: Counter,
    /// Buffers destroyed or purged. Each counts before it is seen to be destroyed.
    pub(crate) doomed: Counter,
    /// Buffers of which nothing is left.
    pub(crate) wiped: Counter,
    /// Secrets that are in no buffer: see [`Private`](super::Private).
    pub(crate) private_secrets: Counter,
    /// Those of them that a closure of the user's looks at.
    pub(crate) shown: Counter,
}

/// When a session logs.
#[derive(Debug)]
pub(super) struct Batches {
    start: Instant,
    /// When the last batch began, in nanoseconds since the start; 0 before the first.
    last: AtomicU64,
}

impl Default for Batches {
    fn default() -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0) }
    }
}

impl Batches {
    /// Begins a batch, unless the last one began less than `pause` ago or another thread begins one now.
    pub(super) fn begin(&self, pause: Duration) -> bool {
        let as_ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let (now, last) = (as_ns(self.start.elapsed()).max(1), self.last.load(Ordering::Relaxed));
        (last == 0 || now.saturating_sub(last) >= as_ns(pause))
            && self.last.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Counters {
    pub(crate) fn new(shards: usize) -> Self {
        Self {
            uses: Shards::new(shards, Uses::default),
            memory: Arc::default(),
            parked_registrations: Counter::default(),
            deferred_removals: Counter::default(),
            handed_over_wipes: Counter::default(),
            rekeys_skipped: Counter::default(),
            rekeys_failed: Counter::default(),
            accesses_refused: Counter::default(),
            acquire_timeouts: Counter::default(),
            unconcealed: Counter::default(),
            poison_recoveries: Counter::default(),
            keys_lost: Counter::default(),
            logger_panics: Counter::default(),
            awaiting_handover: Counter::default(),
            rekeys: Counter::default(),
            purges: Counter::default(),
            told: Default::default(),
            batches: Batches::default(),
        }
    }

    /// What the calling thread's shard counts.
    #[inline]
    pub(crate) fn uses(&self) -> &Uses {
        self.uses.mine()
    }

    /// A count of all shards. The shard of a decrement may be another than that of its increment.
    fn sum(&self, counter: impl Fn(&Uses) -> &Counter) -> u64 {
        Counter::sum(self.uses.iter().map(counter))
    }

    /// Counts a degraded outcome that is to be logged. The caller may hold any lock.
    pub(crate) fn note(&self, counter: impl Fn(&Self) -> &Counter) {
        self.note_many(counter, 1);
    }

    /// Counts so many of them.
    pub(crate) fn note_many(&self, counter: impl Fn(&Self) -> &Counter, n: u64) {
        if n > 0 {
            self.memory.note(counter(self), n);
        }
    }

    /// Buffers created and not yet wiped. The registry keeps a count of its own, and `Health` has both.
    pub(crate) fn live_buffers(&self) -> u64 {
        let wiped = self.sum(|uses| &uses.wiped);
        self.sum(|uses| &uses.created).saturating_sub(wiped)
    }

    /// Secrets that were destroyed or purged and are not zero yet.
    pub(crate) fn pending(&self) -> u64 {
        let wiped = self.sum(|uses| &uses.wiped);
        self.sum(|uses| &uses.doomed).saturating_sub(wiped) + self.sum(|uses| &uses.private_secrets)
    }

    /// Secrets in no buffer that a closure of the user's looks at.
    pub(crate) fn shown(&self) -> u64 {
        self.sum(|uses| &uses.shown)
    }

    pub(crate) fn degraded(&self) -> Degraded {
        let memory = &self.memory;
        Degraded {
            parked_registrations: self.parked_registrations.get(),
            deferred_removals: self.deferred_removals.get(),
            handed_over_wipes: self.handed_over_wipes.get(),
            rekeys_skipped: self.rekeys_skipped.get(),
            rekeys_failed: self.rekeys_failed.get(),
            accesses_refused: self.accesses_refused.get(),
            acquire_timeouts: self.acquire_timeouts.get(),
            limits_reached: memory.limits_reached.get(),
            unlocked_pages: memory.unlocked_pages.get(),
            dumpable_pages: memory.dumpable_pages.get(),
            inheritable_pages: memory.inheritable_pages.get(),
            unguarded_pages: memory.unguarded_pages.get(),
            unhidden_pages: memory.unhidden_pages.get(),
            unconcealed: self.unconcealed.get(),
            corrupted_buffers: memory.corrupted_buffers.get(),
            dirty_slots: memory.dirty_slots.get(),
            unwiped_slots: memory.unwiped_slots.get(),
            leaked_slots: memory.leaked_slots.get(),
            lost_places: memory.lost_places.get(),
            poison_recoveries: self.poison_recoveries.get() + memory.poison_recoveries.get(),
            keys_lost: self.keys_lost.get(),
            logger_panics: self.logger_panics.get(),
        }
    }
}
