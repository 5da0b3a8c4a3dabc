//! purge-storm: everything is wiped, over and over, while everybody works.
//!
//! Whoever is inside a buffer when it is purged keeps exactly the bytes that were there until it leaves; whoever comes later
//! gets an error. Nobody ever sees zeros, or half of one thing and half of another. An enclave opens to its bytes until its
//! key is gone, and never again after that.
//!
//! The rounds alternate. In a *storm* one thread purges in a loop and any other whenever it likes: purges meet purges. In a
//! round of *single* purges there is one at a time, and whoever called it can hold it to every single thing it had made.

use super::Scenario;
use crate::engine::{Round, Setback, Stage, Worker};
use crate::ops::{self, Actor, Content, Environment, Mix, PurgeWatch, tagged};
use crate::{Guarantee, Violation};
use memguard::{Buffer, Enclave, Error, Session};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "purge-storm",
    purpose: "purge in a loop beside threads that create, read, seal and open: exact bytes or an error, never zeros",
    expects: &["handed_over_wipes"],
    min_threads: 3,
    // Few pages are kept: new buffers then take long to make, and purges come in the middle of it.
    configure: |builder| builder.pool_pages(16),
    play,
};

/// What each thread does with buffers and enclaves of its own in a storm.
const STORM: Mix = &[
    (12, ops::create),
    (12, ops::read),
    (12, ops::linger),
    (8, ops::write),
    (4, ops::simple),
    (4, ops::clone),
    (8, ops::seal),
    (12, ops::open),
    (4, ops::tamper),
    (4, ops::end),
    (1, ops::purge),
];

/// The same with single purges: creating and purging come close upon each other, so that a purge finds buffers on their way
/// into the registry.
const SINGLE: Mix = &[
    (8, ops::create),
    (2, ops::read),
    (2, ops::linger),
    (2, ops::clone),
    (2, ops::seal),
    (2, ops::open),
    (2, ops::end),
    (4, ops::purge),
];

const ROUNDS: u32 = 4;

/// Buffers and enclaves that all threads share.
const SHARED: usize = 8;
const LEN: usize = 64;
/// A worker's writes to shared buffers are numbered apart from the contents of its own.
const SHARED_IDS: u64 = 1 << 39;

/// A place for something that is shared until it is purged, and then made anew.
type Place<T> = Mutex<Option<Arc<T>>>;

/// An enclave that everybody may open.
struct SharedEnclave {
    enclave: Enclave,
    id: u64,
    /// Somebody was told that the key is gone. It must never be back.
    gone: AtomicBool,
}

/// What all threads share.
struct Shared {
    storm: PurgeWatch,
    single: PurgeWatch,
    buffers: Vec<Place<Buffer>>,
    enclaves: Vec<Place<SharedEnclave>>,
}

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let shared = Shared {
        storm: PurgeWatch::default(),
        single: PurgeWatch::one_at_a_time(),
        buffers: (0..SHARED).map(|_| Mutex::new(None)).collect(),
        enclaves: (0..SHARED).map(|_| Mutex::new(None)).collect(),
    };
    let at_rest = |actors: Vec<Option<Actor<'_>>>| {
        shared.buffers.iter().for_each(|place| drop(take(place)));
        shared.enclaves.iter().for_each(|place| drop(take(place)));
        stage.roll_call(actors.into_iter().flatten().collect());
    };
    stage.rounds(ROUNDS, |round, worker| work(round, worker, &shared), at_rest)?;
    Ok(())
}

fn work<'h, 's: 'h>(round: Round, worker: &mut Worker<'s>, shared: &'h Shared) -> Option<Actor<'h>> {
    match (round.number % 2, worker.index()) {
        (0, 0) => {
            purge_in_a_loop(worker, &shared.storm);
            None
        }
        (0, _) => Some(work_and_purge(worker, shared, &shared.storm, STORM)),
        _ => Some(work_and_purge(worker, shared, &shared.single, SINGLE)),
    }
}

fn purge_in_a_loop(worker: &mut Worker<'_>, watch: &PurgeWatch) {
    while worker.goes_on() {
        let session = worker.session();
        let (report, _) = worker.op("purge", || watch.during(|| session.purge()));
        worker.stage().tally().purge(&report);
        // Without a pause the others would never have anything to lose.
        (0..worker.choices.below(32)).for_each(|_| std::thread::yield_now());
    }
}

fn work_and_purge<'h, 's: 'h>(worker: &mut Worker<'s>, shared: &Shared, watch: &'h PurgeWatch, mix: Mix) -> Actor<'h> {
    let mut actor = worker.actor(Environment { purges: Some(watch), ..Environment::default() });
    let mut next_id = (worker.index() as u64 + 1) << 40 | SHARED_IDS;
    while worker.goes_on() {
        next_id += 1;
        let at = worker.choices.below(SHARED);
        let judgement = match worker.choices.below(8) {
            0..3 => use_shared_buffer(worker, &shared.buffers[at], next_id),
            3..5 => open_shared_enclave(worker, &shared.enclaves[at], next_id),
            _ => {
                worker.act(&mut actor, mix);
                Ok(())
            }
        };
        worker.report(judgement);
    }
    actor
}

fn use_shared_buffer(worker: &mut Worker<'_>, place: &Place<Buffer>, id: u64) -> Result<(), Violation> {
    let (session, seed) = (worker.session(), worker.stage().seed());
    let Some(buffer) = look_at(place) else {
        let made = worker.op("making a shared buffer", || make_shared_buffer(session, seed, id));
        return match made {
            Ok(buffer) => {
                put(place, buffer);
                Ok(())
            }
            Err(Error::Destroyed) => Ok(()),
            Err(error) => Err(Violation::unexpected("making a shared buffer", &error)),
        };
    };
    let used = if worker.choices.one_in(4) {
        worker.op("writing a shared buffer", || {
            buffer.with_data_mut(|bytes| {
                let before = tagged::check(seed, bytes);
                tagged::write(seed, id, bytes);
                before.map(drop)
            })
        })
    } else {
        // How often it lets others run while it is inside.
        let stay = worker.choices.below(4);
        worker.op("reading a shared buffer", || {
            buffer.with_data(|bytes| {
                let before = tagged::check(seed, bytes)?;
                (0..stay).for_each(|_| std::thread::yield_now());
                let after = tagged::check(seed, bytes)?;
                if before == after {
                    Ok(())
                } else {
                    Err(format!("it changed under a reader from {before} to {after}"))
                }
            })
        })
    };
    match used {
        Ok(Ok(())) => Ok(()),
        Ok(Err(how)) => Err(Violation::new(Guarantee::Exact, format!("a shared buffer: {how}"))),
        Err(Error::Destroyed) if buffer.is_alive() => {
            Err(Violation::new(Guarantee::Wiped, "a shared buffer answered that it is destroyed, and is alive"))
        }
        Err(Error::Destroyed) => {
            clear(place, &buffer);
            Ok(())
        }
        Err(error) => Err(Violation::unexpected("using a shared buffer", &error)),
    }
}

fn make_shared_buffer(session: &Session, seed: u64, id: u64) -> memguard::Result<Buffer> {
    let buffer = session.buffer(LEN)?;
    buffer.with_data_mut(|bytes| tagged::write(seed, id, bytes))?;
    Ok(buffer)
}

fn open_shared_enclave(worker: &mut Worker<'_>, place: &Place<SharedEnclave>, id: u64) -> Result<(), Violation> {
    let (session, seed) = (worker.session(), worker.stage().seed());
    let Some(shared) = look_at(place) else {
        let mut bytes = Content::new(seed, id).bytes(LEN);
        return match worker.op("Session::enclave, to share", || session.enclave(&mut bytes)) {
            Ok(enclave) => {
                put(place, SharedEnclave { enclave, id, gone: AtomicBool::new(false) });
                Ok(())
            }
            Err(error) => Err(Violation::unexpected("Session::enclave", &error)),
        };
    };
    let was_gone = shared.gone.load(Ordering::Acquire);
    let content = Content::new(seed, shared.id);
    let opened = worker.op("opening a shared enclave", || {
        shared.enclave.open().and_then(|buffer| buffer.with_data(|bytes| content.check(bytes)))
    });
    match opened {
        Ok(_) if was_gone => Err(Violation::new(Guarantee::Exact, "an enclave opened after its key was gone")),
        Ok(Ok(())) => Ok(()),
        Ok(Err(how)) => Err(Violation::new(Guarantee::Exact, format!("a shared enclave opened to other bytes: {how}"))),
        // Destroyed: the purge came when the buffer was there, and took the key in the same step.
        Err(Error::KeyGone | Error::Destroyed) => {
            shared.gone.store(true, Ordering::Release);
            // Kept now and then, so that it is opened again after its end.
            if worker.choices.one_in(2) {
                clear(place, &shared);
            }
            Ok(())
        }
        Err(error) => Err(Violation::unexpected("opening a shared enclave", &error)),
    }
}

fn take<T>(place: &Place<T>) -> Option<Arc<T>> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn look_at<T>(place: &Place<T>) -> Option<Arc<T>> {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn put<T>(place: &Place<T>, thing: T) {
    let before = place.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::new(thing));
    // Dropped outside the lock: it may be the last handle of a buffer, and wiping takes a while.
    drop(before);
}

/// Empties the place, if this very thing is still in it.
fn clear<T>(place: &Place<T>, thing: &Arc<T>) {
    let mut there = place.lock().unwrap_or_else(PoisonError::into_inner);
    let before = if there.as_ref().is_some_and(|there| Arc::ptr_eq(there, thing)) { there.take() } else { None };
    drop(there);
    drop(before);
}
