//! What a session counts, so that no degraded outcome goes unseen (VISIBLE).

use crate::sync::Class;
use std::sync::atomic::{AtomicU64, Ordering};

/// One counter. Counters only observe: nothing decides by them, so relaxed memory is enough, and models do not see them.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn bump(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn take_back(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// The count. A gauge whose decrement overtook its increment stands at 0.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed).cast_signed().max(0).cast_unsigned()
    }
}

const KEY_LOST: u64 = 1 << 63;

macro_rules! degraded {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Everything that a session did in another way than at first hoped, counted since it was built.
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

        /// The counters of one session.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Counter,)+
            /// Buffers created and not yet wiped: kept apart from the registry, so that each can judge the other.
            pub(crate) live_buffers: Counter,
            /// Buffers destroyed or purged whose last access has not ended yet.
            pub(crate) awaiting_handover: Counter,
            pub(crate) rekeys: Counter,
            pub(crate) purges: Counter,
            /// What was found under a lock and is to be logged without one: a logger is user code and may come back here.
            untold: AtomicU64,
        }

        impl Counters {
            /// A lock was found marked by a panic inside the library. The caller may hold it.
            pub(crate) fn recovered(&self, class: Class) {
                self.poison_recoveries.bump();
                self.untold.fetch_or(1 << class as u8, Ordering::Relaxed);
            }

            /// The key was found damaged. The caller may hold COFFER.
            pub(crate) fn key_lost(&self) {
                self.keys_lost.bump();
                self.untold.fetch_or(KEY_LOST, Ordering::Relaxed);
            }

            /// Logs what was found under locks. The caller holds none but accesses.
            pub(crate) fn tell(&self) {
                if self.untold.load(Ordering::Relaxed) == 0 {
                    return;
                }
                let untold = self.untold.swap(0, Ordering::Relaxed);
                for class in Class::ALL.iter().filter(|&&class| untold & 1 << class as u8 != 0) {
                    log::error!("{class} was left by a panic inside memguard; its data was checked and is used on");
                }
                if untold & KEY_LOST != 0 {
                    log::error!("the key was damaged by a panic and is destroyed; enclaves sealed under it are lost");
                }
            }

            pub(crate) fn degraded(&self) -> Degraded {
                Degraded { $($name: self.$name.get(),)+ }
            }
        }
    };
}

degraded! {
    /// Buffers that could not be registered at once, because BUFFERS was held, and were parked. The next holder took them in.
    parked_registrations,
    /// Destroyed buffers that could not leave the registry at once. The next holder dropped them.
    deferred_removals,
    /// Buffers destroyed or purged during an access, which the accessing thread wiped as it left.
    handed_over_wipes,
    /// Rekeys skipped because COFFER was held. The next interval comes.
    rekeys_skipped,
    /// Rekeys that failed half-way. The old split stayed in force.
    rekeys_failed,
    /// Accesses refused because waiting could have closed a cycle, or because the thread was inside already.
    accesses_refused,
    /// Accesses and key views that gave up at the acquire timeout.
    acquire_timeouts,
    /// Calls that a limit of the system stopped.
    limits_reached,
    /// Pages that could not be locked into RAM, in a session built with `MlockPolicy::Prefer`.
    unlocked_pages,
    /// Pages that a child process inherits with their bytes, because the system has no `MADV_WIPEONFORK` or refused it.
    inheritable_pages,
    /// Accesses after which the system did not let the pages be concealed again. The next access tries once more.
    unconcealed,
    /// Buffers around which memory was overwritten.
    corrupted_buffers,
    /// Free slots that were not zero. Always a fault: of this library, or of code that writes to freed memory.
    dirty_slots,
    /// Slots that the system did not let us write to, so that they were unmapped unwiped: the kernel clears them.
    unwiped_slots,
    /// Slots that the system did not take back.
    leaked_slots,
    /// Locks found marked by a panic inside the library, checked and used again.
    poison_recoveries,
    /// Keys found damaged after such a panic, and destroyed.
    keys_lost,
}
