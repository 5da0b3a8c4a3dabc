//! purge-storm: threads purge again and again while all others work.
//!
//! A thread that is inside a buffer when it is purged sees its exact bytes until it leaves. A thread that comes later
//! gets an error. No thread ever sees zeros, or parts of two contents. An enclave opens to its bytes until its key is
//! gone, and never again after that.
//!
//! The phases alternate. In a *storm* one thread purges in a loop and any other thread purges now and then, so purges
//! overlap. In a phase of *single* purges there is one at a time, so its caller can check everything that was made
//! before.

use super::shared::{stamp_of, stamped_buffer};
use super::{Phase, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Actor, Content, Environment, OpMix, PurgeWatch, tagged};
use crate::places::Places;
use crate::{Guarantee, Violation, thread};
use memguard::{Buffer, Enclave, Error};
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "purge-storm",
    purpose: "purge while threads create, read, seal and open; each must see exact bytes or an error, never zeros",
    expects: &["handed_over_wipes"],
    min_threads: 3,
    // The pool keeps few pages. New buffers then take long to create, and purges happen meanwhile.
    configure: |builder| builder.pool_pages(16),
    run,
    ..Scenario::PLAIN
};

/// What each worker does with buffers and enclaves of its own in a storm.
#[rustfmt::skip]
const STORM: OpMix = OpMix(&[
    (12, CREATE), (12, LOOK), (12, LINGER), (8, WRITE), (3, EDIT), (1, INSPECT), (4, CLONE), (4, SEAL), (4, SEAL_BYTES),
    (12, OPEN), (4, TAMPER), (4, END), (1, PURGE), (1, PURGE_INSIDE),
]);

/// What each worker does in a phase of single purges. Creates and purges dominate, so that purges meet buffers that are
/// being registered.
#[rustfmt::skip]
const SINGLE: OpMix = OpMix(&[
    (8, CREATE), (2, LOOK), (2, LINGER), (2, CLONE), (1, SEAL), (1, SEAL_BYTES), (2, OPEN), (2, END), (2, PURGE),
    (2, PURGE_INSIDE),
]);

const PHASES: u32 = 4;

/// How many buffers and how many enclaves the workers share.
const SHARED: usize = 8;
const LEN: usize = 64;

/// An enclave that all workers may open.
struct SharedEnclave {
    enclave: Enclave,
    content: Content,
    /// An open failed because the key is gone. No later open may succeed.
    key_gone: AtomicBool,
}

/// What all workers share. A purge empties a place. The next worker fills it again.
#[derive(Default)]
struct Shared {
    storm: PurgeWatch,
    single: PurgeWatch,
    buffers: Places<Buffer, SHARED>,
    enclaves: Places<SharedEnclave, SHARED>,
}

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let shared = Shared { single: PurgeWatch::one_at_a_time(), ..Shared::default() };
    let at_rest = |actors: Vec<Option<Actor<'_>>>| {
        shared.buffers.clear();
        shared.enclaves.clear();
        context.final_check(actors.into_iter().flatten().collect());
    };
    context.run_phases(PHASES, |phase, worker| work(phase, worker, &shared), at_rest)?;
    Ok(())
}

fn work<'h, 's: 'h>(phase: Phase, worker: &mut Worker<'s>, shared: &'h Shared) -> Option<Actor<'h>> {
    match (phase.number % 2, worker.index) {
        (0, 0) => {
            purge_in_a_loop(worker, &shared.storm);
            None
        }
        (0, _) => Some(work_and_purge(worker, shared, &shared.storm, STORM)),
        _ => Some(work_and_purge(worker, shared, &shared.single, SINGLE)),
    }
}

fn purge_in_a_loop(worker: &mut Worker<'_>, watch: &PurgeWatch) {
    while worker.should_continue() {
        let session = worker.session();
        let (report, _) = worker.op("purge", || watch.during(|| session.purge()));
        worker.tally().purge(&report);
        // Without a pause there would be nothing to purge.
        (0..worker.choices.below(32)).for_each(|_| thread::yield_now());
    }
}

fn work_and_purge<'h, 's: 'h>(
    worker: &mut Worker<'s>,
    shared: &Shared,
    watch: &'h PurgeWatch,
    mix: OpMix,
) -> Actor<'h> {
    let mut actor = worker.actor(Environment { purges: Some(watch), ..Environment::default() });
    while worker.should_continue() {
        let at = worker.choices.below(SHARED);
        let result = match worker.choices.below(8) {
            0..3 => use_shared_buffer(worker, &shared.buffers, at),
            3..5 => open_shared_enclave(worker, &shared.enclaves, at),
            _ => worker.draw_and_apply(&mut actor, mix),
        };
        worker.check(result);
    }
    actor
}

fn use_shared_buffer(worker: &mut Worker<'_>, places: &Places<Buffer, SHARED>, at: usize) -> Result<(), Violation> {
    let Some(buffer) = places.get(at) else { return create_shared_buffer(worker, places, at) };
    let (seed, id) = (worker.seed(), worker.next_id());
    let used = if worker.choices.one_in(4) {
        worker.op("writing a shared buffer", || {
            buffer.with_data_mut(|bytes| {
                let before = stamp_of(seed, bytes);
                tagged::write(seed, id, bytes);
                before.map(drop)
            })
        })
    } else {
        let yields = worker.choices.below(4);
        worker.op("reading a shared buffer", || {
            buffer.with_data(|bytes| {
                let before = stamp_of(seed, bytes)?;
                (0..yields).for_each(|_| thread::yield_now());
                let after = stamp_of(seed, bytes)?;
                Violation::unless(before == after, Guarantee::Exact, || {
                    format!("a shared buffer changed during a read, from {before} to {after}")
                })
            })
        })
    };
    match used {
        Ok(result) => result,
        Err(Error::Destroyed) => {
            places.clear_if_same(at, &buffer);
            Violation::unless(
                !buffer.is_alive(),
                Guarantee::Wiped,
                || "a shared buffer answers that it is destroyed, and is alive",
            )
        }
        Err(error) => Err(Violation::unexpected("using a shared buffer", &error)),
    }
}

fn create_shared_buffer(worker: &mut Worker<'_>, places: &Places<Buffer, SHARED>, at: usize) -> Result<(), Violation> {
    let (session, seed, id) = (worker.session(), worker.seed(), worker.next_id());
    match worker.op("creating a shared buffer", || stamped_buffer(session, seed, id, LEN)) {
        Ok(buffer) => {
            places.put(at, buffer);
            Ok(())
        }
        Err(Error::Destroyed) => Ok(()),
        Err(error) => Err(Violation::unexpected("creating a shared buffer", &error)),
    }
}

fn open_shared_enclave(
    worker: &mut Worker<'_>,
    places: &Places<SharedEnclave, SHARED>,
    at: usize,
) -> Result<(), Violation> {
    let Some(shared) = places.get(at) else { return seal_shared_enclave(worker, places, at) };
    let key_was_gone = shared.key_gone.load(Ordering::Acquire);
    let opened = worker.op("opening a shared enclave", || {
        shared.enclave.open().and_then(|buffer| buffer.with_data(|bytes| shared.content.check(bytes)))
    });
    match opened {
        Ok(_) if key_was_gone => Err(Violation::new(Guarantee::Exact, "an enclave opened after its key was gone")),
        Ok(Ok(())) => Ok(()),
        Ok(Err(how)) => Err(Violation::new(Guarantee::Exact, format!("a shared enclave opened to other bytes: {how}"))),
        // Destroyed: the purge came after the buffer was made. It took the key in the same step.
        Err(Error::KeyGone | Error::Destroyed) => {
            shared.key_gone.store(true, Ordering::Release);
            // Some dead enclaves stay, so that they are opened again.
            if worker.choices.one_in(2) {
                places.clear_if_same(at, &shared);
            }
            Ok(())
        }
        Err(error) => Err(Violation::unexpected("opening a shared enclave", &error)),
    }
}

fn seal_shared_enclave(
    worker: &mut Worker<'_>,
    places: &Places<SharedEnclave, SHARED>,
    at: usize,
) -> Result<(), Violation> {
    let (session, content) = (worker.session(), worker.next_content());
    let mut bytes = content.bytes(LEN);
    let sealed = worker.op("Session::enclave, to share", || session.enclave(&mut bytes));
    let enclave = Violation::unless_ok("Session::enclave", sealed)?;
    places.put(at, SharedEnclave { enclave, content, key_gone: AtomicBool::new(false) });
    Ok(())
}
