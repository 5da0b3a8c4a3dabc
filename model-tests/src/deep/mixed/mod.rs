//! The mixed scenario: six threads do everything that the API offers to the same few secrets, in one session.
//!
//! Each choice is drawn from the schedule's own generator. The oracles do not look at the locks:
//!
//! - every buffer holds one byte, not 0, as often as it is long: torn, wiped or foreign bytes in an access are seen at once;
//! - an enclave opens to the byte that was sealed, or to an error that had a reason;
//! - a fault of the system's randomness, planted now and then, fails one call and changes nothing else;
//! - what a purge, a `destroy` or the end of the session said is gone is gone for every thread afterwards;
//! - at the end the simulated pages were all wiped, nothing is live, parked or handed over, and the counters of
//!   [`Health`](memguard::Health) are what the threads were told.

mod operations;
mod queues;
mod shared;
mod tally;
mod worker;

use super::draw;
use crate::saw;
use crate::world::{World, assert_slots_clean};
use memguard::{Session, Sim};
use shared::Shared;
use std::sync::Arc;
use tally::Tally;
use worker::Worker;

const THREADS: usize = 6;

/// For each thread; what it does inside an access or a callback comes on top.
const OPERATIONS: usize = 40;

/// One execution.
///
/// # Panics
/// If an oracle fires.
pub fn mixed() {
    // Either the session ends when all is quiet, or while threads still use what it gave them, its rekey thread included.
    let quiet = draw(2) == 0;
    let world = if quiet { World::new() } else { World::with_rekey_thread() };
    let (sim, session) = (world.sim().clone(), world.session());
    drop(world);
    let shared = Arc::new(Shared::new(&sim));
    let mut told = Worker::new(Arc::clone(&session), Arc::clone(&shared)).prepare();
    let workers: Vec<_> = (0..THREADS)
        .map(|_| {
            let worker = Worker::new(Arc::clone(&session), Arc::clone(&shared));
            shuttle::thread::spawn(move || worker.work(OPERATIONS, quiet))
        })
        .collect();
    let session = quiet.then_some(session);
    for worker in workers {
        told += worker.join().expect("a worker that panics ends the execution");
    }
    shared.clear();
    match session {
        Some(session) => end(Arc::into_inner(session).expect("the workers gave theirs back"), &told),
        None => saw("ended in use"),
    }
    assert_left_clean(&sim);
}

/// All is quiet: nothing may be left, and the books must be right.
fn end(session: Session, told: &Tally) {
    // The first look settles what waits for the next holder of BUFFERS; the second must find nothing.
    session.health();
    let health = session.health();
    let left = (health.live_buffers, health.registered, health.parked, health.handed_over);
    assert_eq!(left, (0, 0, 0, 0), "WIPED: (live, registered, parked, handed over) buffers are left");
    told.must_agree_with(&health);
    assert_eq!(session.audit().dirty_slots, 0, "WIPED: a free slot is not zero");
    assert_eq!(session.close(), Default::default(), "WIPED: the end of the session found buffers");
    saw("ended quietly");
}

fn assert_left_clean(sim: &Sim) {
    assert_slots_clean(sim, 0..=u64::MAX);
}
