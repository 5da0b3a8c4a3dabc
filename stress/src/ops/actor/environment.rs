//! What other threads and the system may do to an actor, and which purges have run.

use memguard::Sim;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What other threads and the system may do to an actor's buffers. By default they do nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'a> {
    /// Anybody may purge the session, under this watch.
    pub purges: Option<&'a PurgeWatch>,
    /// `RLIMIT_MEMLOCK` was lowered to this many bytes and may be reached.
    pub memlock: Option<u64>,
    /// Calls of this simulated system may be made to fail.
    pub faults: Option<&'a Sim>,
    /// Nobody else uses the session: what it says of itself as a whole can be foretold.
    pub alone: bool,
    /// The session may end while the actor uses what it gave. Set as soon as one thread has given its handle back.
    pub session_end: Option<&'a AtomicBool>,
}

/// Which purges of a session have begun, run and ended.
///
/// Two at a time share the work: the first takes the buffers, the second finds none, and may return before the first
/// has wiped the last. So only a purge that was *alone* answers for everything that was made before it began.
#[derive(Debug, Default)]
pub struct PurgeWatch {
    /// In one word, so that both change in one step: how many have begun (upper half), how many are under way (lower
    /// half).
    begun_and_under_way: AtomicU64,
    /// The last one that was alone and has ended; they are counted from 1.
    ended_alone: AtomicU64,
    /// Held through every purge, if there is to be one at a time. Nobody who purges waits for what a caller may hold.
    turn: Option<Mutex<()>>,
}

impl PurgeWatch {
    /// A watch that lets through one purge at a time: each of them is alone.
    pub fn one_at_a_time() -> Self {
        Self { turn: Some(Mutex::new(())), ..Self::default() }
    }

    /// Runs a purge under the watch, and tells whether it was alone.
    pub fn during<R>(&self, purge: impl FnOnce() -> R) -> (R, bool) {
        const ONE: u64 = 1;
        let _turn = self.turn.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        let before = self.begun_and_under_way.fetch_add(ONE << 32 | ONE, Ordering::SeqCst);
        let result = purge();
        let after = self.begun_and_under_way.fetch_sub(ONE, Ordering::SeqCst);
        let number = (before >> 32) + 1;
        let (nobody_was_there, nobody_came) = (before as u32 == 0, after >> 32 == number);
        let alone = nobody_was_there && nobody_came;
        if alone {
            self.ended_alone.fetch_max(number, Ordering::SeqCst);
        }
        (result, alone)
    }
}

impl Environment<'_> {
    /// How many planted faults have fired.
    pub(in crate::ops) fn faults_fired(&self) -> u64 {
        self.faults.map_or(0, |sim| sim.report().faults_fired)
    }

    /// Whether the session may have ended.
    pub(super) fn session_may_have_ended(&self) -> bool {
        self.session_end.is_some_and(|ending| ending.load(Ordering::SeqCst))
    }

    /// How many purges have begun.
    pub(super) fn purges_begun(&self) -> u64 {
        self.purges.map_or(0, |watch| watch.begun_and_under_way.load(Ordering::SeqCst) >> 32)
    }

    /// Whether a purge that began after `born` purges had begun has ended, and answers for all there was then.
    pub(super) fn purged_since(&self, born: u64) -> bool {
        self.purges.is_some_and(|watch| watch.ended_alone.load(Ordering::SeqCst) > born)
    }
}
