//! The world of a model: a session on simulated pages, and the oracle that checks what it leaves behind.

use memguard::{Session, SessionBuilder, Sim};
use memguard_lockdep::WaitGraph;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// The smallest page of the simulation: wiping and checking pages is most of an execution's cost.
const PAGE_SIZE: usize = 64;

/// The coffer keeps two slots of its own, wiped when the session ends.
const SLOTS_OF_THE_COFFER: u64 = 2;

/// A session on simulated pages. Build it inside the model, hand out [`session`](Self::session), and [`end`](Self::end)
/// it.
#[derive(Debug)]
pub struct World {
    sim: Sim,
    session: Arc<Session>,
}

impl World {
    /// A session without a rekey thread: models call the step themselves.
    ///
    /// # Panics
    /// If it cannot be built.
    #[allow(clippy::new_without_default, reason = "it works only inside a model")]
    pub fn new() -> Self {
        Self::built(|builder| builder)
    }

    /// A session with a rekey thread. The thread is one of the model's: it splits the key once, at any time, or never.
    /// It counts as one of the three threads that a model can start.
    ///
    /// # Panics
    /// If it cannot be built.
    pub fn with_rekey_thread() -> Self {
        Self::built(|builder| builder.rekey_interval(Some(Duration::from_secs(1))))
    }

    /// A session without a rekey thread, unless `configure` wants one.
    ///
    /// # Panics
    /// If it cannot be built.
    pub fn built(configure: impl FnOnce(SessionBuilder) -> SessionBuilder) -> Self {
        let sim = Sim::new(PAGE_SIZE);
        let builder = configure(Session::builder().simulated(&sim).rekey_interval(None));
        let session = builder.build().expect("no fault is planted");
        Self { sim, session: Arc::new(session) }
    }

    /// Another handle to the session.
    pub fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// The pages, to plant faults in.
    pub fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The pages and the session themselves, for models in which the session ends while threads still use its buffers.
    /// Such models call [`assert_clean`] after everything is dropped.
    ///
    /// # Panics
    /// If a thread still has the session.
    pub fn split(self) -> (Sim, Session) {
        (self.sim, Arc::into_inner(self.session).expect("a thread of the model still has the session"))
    }

    /// Ends the session and checks that nothing is left: no buffer alive, registered, parked or handed over, no dirty
    /// slot, no fault counted, no lock held, the session's count of its pages equal to the simulation's, and everything
    /// that [`assert_clean`] checks.
    ///
    /// All threads must have ended and all buffers and enclaves must have been dropped.
    ///
    /// # Panics
    /// If anything is left.
    pub fn end(self, slots: u64) {
        self.end_within(slots..=slots);
    }

    /// Like [`end`](Self::end), for models in which the number of slots depends on the schedule.
    ///
    /// # Panics
    /// If anything is left, or if there were more or fewer.
    pub fn end_within(self, slots: RangeInclusive<u64>) {
        let (sim, session) = self.split();
        // The first call settles the inbox. The second must find nothing.
        let _ = session.health();
        let health = session.health();
        let left = (health.live_buffers, health.registered, health.parked, health.handed_over);
        assert_eq!(left, (0, 0, 0, 0), "WIPED: (live, registered, parked, handed over) buffers are left");
        let faults = health.degraded;
        let faults =
            [faults.corrupted_buffers, faults.dirty_slots, faults.unwiped_slots, faults.leaked_slots, faults.keys_lost];
        assert_eq!(faults, [0; 5], "VISIBLE: (corrupted, dirty, unwiped, leaked, keys lost) were counted");
        let mapped = sim.report().live_bytes as u64;
        assert_eq!(health.footprint.data_bytes, mapped, "the session's count of its pages is not the simulation's");
        assert_eq!(session.audit().dirty_slots, 0, "WIPED: a free slot is not zero");
        assert_eq!(session.close(), Default::default(), "WIPED: the end of the session found buffers");
        assert_slots_clean(&sim, slots);
    }
}

/// Checks the pages of a session by the simulation's own count: no page is mapped, was unmapped unwiped or was misused,
/// each slot was wiped exactly once, and no lock is held. `slots` is how many the model used: one for each buffer, and
/// one for each seal (the copy of the key).
///
/// # Panics
/// If anything is left.
pub fn assert_clean(sim: &Sim, slots: u64) {
    let held = WaitGraph::now();
    assert!(held.threads.is_empty(), "a lock is still held:\n{held}");
    let report = sim.report();
    assert_eq!(report.violations, [""; 0], "WIPED: the pages were misused");
    assert_eq!(report.unwiped_bytes, 0, "WIPED: pages were given back unwiped");
    assert_eq!(report.live_bytes, 0, "pages are still mapped: a buffer was lost, or a handle is still there");
    let wipes = report.calls.get("wipe").copied().unwrap_or(0);
    let used = wipes.checked_sub(SLOTS_OF_THE_COFFER);
    assert_eq!(used, Some(slots), "WIPED: slots that were wiped, and slots that the model says it used");
}

/// Like [`assert_clean`], for models in which the number of slots depends on the schedule.
///
/// # Panics
/// If anything is left, or if there were more or fewer.
pub fn assert_slots_clean(sim: &Sim, slots: RangeInclusive<u64>) {
    let wipes = sim.report().calls.get("wipe").copied().unwrap_or(0);
    let used = wipes.checked_sub(SLOTS_OF_THE_COFFER).filter(|used| slots.contains(used));
    let Some(used) = used else {
        panic!("WIPED: slots were wiped {wipes} times, and the model says it used {slots:?}")
    };
    assert_clean(sim, used);
}
