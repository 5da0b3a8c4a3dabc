//! What other threads and the system may do to an actor, and which purges have run.

use crate::thread::Mutex;
use memguard::{Fault, Sim};
use std::fmt::Debug;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What other threads and the system may do to an actor's buffers. By default they do nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'a> {
    /// Threads may purge the session, each purge under this watch.
    pub purges: Option<&'a PurgeWatch>,
    /// `RLIMIT_MEMLOCK` was lowered to this many bytes and may be reached.
    pub memlock: Option<u64>,
    /// Calls of this system may fail.
    pub faults: Option<&'a dyn FaultySystem>,
    /// The session prefers hidden pages, and the system cannot hide any.
    pub unhidden: bool,
    /// The session's acquire timeout is short, so waits may time out.
    pub impatient: bool,
    /// No other thread uses the session, so its counts are known in advance.
    pub alone: bool,
    /// Set when the first thread returns its session handle. From then on the session may end at any time.
    pub session_end: Option<&'a AtomicBool>,
}

/// A system whose calls fail at times.
pub trait FaultySystem: Debug + Sync {
    /// How many calls have failed.
    fn faults_fired(&self) -> u64;

    /// Plants a fault, if this system takes any.
    fn fail(&self, _: Fault) {}

    /// Withdraws the planted faults that have not fired.
    fn heal(&self) {}
}

impl FaultySystem for Sim {
    fn faults_fired(&self) -> u64 {
        self.report().faults_fired
    }

    fn fail(&self, fault: Fault) {
        Self::fail(self, fault);
    }

    fn heal(&self) {
        Self::heal(self);
    }
}

/// Which purges of a session have begun, run and ended.
///
/// Two purges at a time share the work. The first takes the buffers. The second finds none and may return before the
/// first has wiped the last one. So only a purge that ran *alone* has certainly wiped everything made before it began.
#[derive(Debug, Default)]
pub struct PurgeWatch {
    /// How many purges have begun (upper half), and how many run now (lower half). One word, so that both change in one
    /// step.
    begun_and_under_way: AtomicU64,
    /// The last purge that ran alone and has ended. Purges are numbered from 1.
    ended_alone: AtomicU64,
    /// Held during every purge, if purges are to run one at a time. This cannot deadlock, because a purge waits for no
    /// access.
    turn: Option<Mutex<()>>,
}

impl PurgeWatch {
    /// A watch that lets one purge at a time run. So each runs alone.
    pub fn one_at_a_time() -> Self {
        Self { turn: Some(Mutex::new(())), ..Self::default() }
    }

    /// Runs a purge under the watch. Also returns whether it ran alone.
    pub fn during<R>(&self, purge: impl FnOnce() -> R) -> (R, bool) {
        const ONE: u64 = 1;
        let _turn = self.turn.as_ref().map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        let before = self.begun_and_under_way.fetch_add(ONE << 32 | ONE, Ordering::SeqCst);
        let result = purge();
        let after = self.begun_and_under_way.fetch_sub(ONE, Ordering::SeqCst);
        let number = (before >> 32) + 1;
        let (none_before, none_since) = (before as u32 == 0, after >> 32 == number);
        let alone = none_before && none_since;
        if alone {
            self.ended_alone.fetch_max(number, Ordering::SeqCst);
        }
        (result, alone)
    }
}

impl Environment<'_> {
    /// Runs a purge that this thread calls. Also returns whether it ran alone.
    pub(super) fn purge<R>(&self, purge: impl FnOnce() -> R) -> (R, bool) {
        match self.purges {
            Some(watch) => watch.during(purge),
            None => (purge(), true),
        }
    }

    /// How many calls of the system have failed.
    pub(in crate::ops) fn faults_fired(&self) -> u64 {
        self.faults.map_or(0, FaultySystem::faults_fired)
    }

    /// Whether the session may have ended.
    pub(super) fn session_may_have_ended(&self) -> bool {
        self.session_end.is_some_and(|ending| ending.load(Ordering::SeqCst))
    }

    /// How many purges have begun.
    pub(super) fn purges_begun(&self) -> u64 {
        self.purges.map_or(0, |watch| watch.begun_and_under_way.load(Ordering::SeqCst) >> 32)
    }

    /// Whether a purge that began after the first `born` purges ran alone and has ended. It wiped everything made
    /// before.
    pub(super) fn purged_since(&self, born: u64) -> bool {
        self.purges.is_some_and(|watch| watch.ended_alone.load(Ordering::SeqCst) > born)
    }
}
