//! FOREIGN: the logger is code of others. It may do anything when a call tells it what was counted, and still every
//! secret is wiped, no call hangs that does not itself log, and the session goes on.
//!
//! Each row runs in a child, because there is one logger per process.

#![allow(clippy::disallowed_types, reason = "what a user's program has, not the library")]

use crate::support::{alone, child_detail, run_child, transcript, within_patience};
use memguard::{Buffer, Disposal, Session, Sim};
use std::cell::Cell;
use std::panic::panic_any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

/// What the logger does with a record.
const MISDEEDS: &[(&str, fn())] = &[
    ("panics", || panic!("the logger's own trouble")),
    ("panics with a value whose drop panics", || panic_any(Bomb)),
    ("purges", || {
        the_session().purge();
    }),
    ("uses the same buffer", || drop(the_buffer().with_data(<[u8]>::len))),
    ("destroys the same buffer", || drop(the_buffer().destroy())),
    ("makes a buffer for each record", || drop(the_session().buffer_from_bytes(&mut [1; 16]))),
    ("makes a session and drops it", || drop(Session::builder().build())),
    ("takes a mutex that another thread holds", || {
        if is_on_the_purging_thread() {
            drop(MUTEX.lock());
        }
    }),
    ("never returns", || {
        while is_on_the_purging_thread() {
            thread::park();
        }
    }),
];

const PURGING: &str = "purging";

fn is_on_the_purging_thread() -> bool {
    thread::current().name() == Some(PURGING)
}

/// Asks the kernel, because the standard library has no names for threads that it did not start.
fn is_on_a_thread_of_the_library() -> bool {
    std::fs::read_to_string("/proc/thread-self/comm").expect("a name").starts_with("memguard-")
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the drop of a panic's value");
    }
}

static MUTEX: Mutex<()> = Mutex::new(());
static SESSION: once_cell::race::OnceBox<Session> = once_cell::race::OnceBox::new();
static BUFFER: once_cell::race::OnceBox<Buffer> = once_cell::race::OnceBox::new();

fn the_session() -> &'static Session {
    SESSION.get().expect("made before the logger is called")
}

fn the_buffer() -> &'static Buffer {
    BUFFER.get().expect("made before the logger is called")
}

struct Logger;

static LOGGER: Logger = Logger;
static MISDEED: AtomicU64 = AtomicU64::new(0);
static RECORDS: AtomicU64 = AtomicU64::new(0);
static RECURSED: AtomicBool = AtomicBool::new(false);
static ON_OWN_THREAD: AtomicBool = AtomicBool::new(false);

thread_local! { static LOGGING: Cell<bool> = const { Cell::new(false) }; }

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        ON_OWN_THREAD.fetch_or(is_on_a_thread_of_the_library(), Ordering::AcqRel);
        RECURSED.fetch_or(LOGGING.replace(true), Ordering::AcqRel);
        RECORDS.fetch_add(1, Ordering::AcqRel);
        // Also after a panic this thread logs no more.
        let _done = Done;
        MISDEEDS[MISDEED.load(Ordering::Acquire) as usize].1();
    }

    fn flush(&self) {}
}

struct Done;

impl Drop for Done {
    fn drop(&mut self) {
        LOGGING.set(false);
    }
}

#[test]
fn a_logger_may_do_anything() {
    const NAME: &str = "concurrency::foreign_logger::a_logger_may_do_anything";
    if let Some(row) = child_detail() {
        within_patience("misdeed", move || misbehave(row.parse().expect("the number of a row")));
        return;
    }
    for (row, (misdeed, _)) in MISDEEDS.iter().enumerate() {
        let output = run_child(NAME, &row.to_string());
        assert!(output.status.success(), "a logger that {misdeed}: {}", transcript(&output));
    }
}

/// Purges while another thread is inside a buffer. So the purge hands one wipe over, and the logger is told.
fn misbehave(row: usize) {
    MISDEED.store(row as u64, Ordering::Release);
    log::set_logger(&LOGGER).expect("the child has no other logger");
    log::set_max_level(log::LevelFilter::Trace);

    let sim = Sim::new(4096);
    let builder = || Session::builder().simulated(&sim).rekey_interval(Some(Duration::from_millis(1)));
    SESSION.set(Box::new(builder().build().expect("simulated pages"))).expect("set once");
    let session = the_session();
    BUFFER.set(Box::new(session.buffer_from_bytes(&mut [7; 32]).expect("a buffer"))).expect("set once");
    let others: Vec<Buffer> = (0..8).map(|_| session.buffer_from_bytes(&mut [9; 32]).expect("a buffer")).collect();

    let held = MUTEX.lock().expect("not poisoned");
    let inside = the_buffer().read().expect("alive");
    let purge = thread::Builder::new().name(PURGING.into()).spawn(|| the_session().purge()).expect("a thread");
    while others.iter().any(Buffer::is_alive) || RECORDS.load(Ordering::Acquire) == 0 {
        thread::yield_now();
    }
    let report = sim.report();
    assert_eq!((report.unwiped_bytes, report.violations), (0, vec![]), "WIPED: the purge was done when it told");
    drop((others, inside));
    assert_eq!(sim.report().unwiped_bytes, 0, "WIPED: the last access wiped its buffer");
    let rekeys = session.health().rekeys;
    drop(session.enclave(&mut [1; 8]));
    while session.health().rekeys == rekeys {
        thread::yield_now();
    }
    assert!(!RECURSED.load(Ordering::Acquire), "a record is made while another is told");
    assert!(!ON_OWN_THREAD.load(Ordering::Acquire), "a thread of the library runs code of others");
    drop(held);
    if MISDEEDS[row].0 != "never returns" {
        let report = purge.join().expect("no panic reaches a caller");
        assert_eq!((report.wiped, report.handed_over), (8, 1));
    }
    if MISDEEDS[row].0.starts_with("panics") {
        assert!(session.health().degraded.logger_panics > 0, "VISIBLE: a lost record is counted");
    }
}

static SESSIONS: [Mutex<Option<Session>>; 2] = [const { Mutex::new(None) }; 2];
static BOTH_LOG: Barrier = Barrier::new(2);

thread_local! { static DROPS: Cell<Option<usize>> = const { Cell::new(None) }; }

/// A logger that drops a session, once on each thread, while the other thread is in it too.
struct DropsASession;

impl log::Log for DropsASession {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        // The end of a session waits for this thread.
        while is_on_a_thread_of_the_library() {
            thread::park();
        }
        if let Some(session) = DROPS.take() {
            BOTH_LOG.wait();
            drop(SESSIONS[session].lock().expect("not poisoned").take());
        }
    }

    fn flush(&self) {}
}

/// PROGRESS: the end of a session waits for its rekey thread, which calls no logger. So two sessions end, though the
/// logger that tells what happened in one of them drops the other.
#[test]
fn two_sessions_whose_loggers_drop_each_other_end() {
    if !alone("concurrency::foreign_logger::two_sessions_whose_loggers_drop_each_other_end") {
        return;
    }
    log::set_boxed_logger(Box::new(DropsASession)).expect("the child has no other logger");
    log::set_max_level(log::LevelFilter::Trace);
    let sims = [Sim::new(4096), Sim::new(4096)];
    for (sim, slot) in sims.iter().zip(&SESSIONS) {
        let often = Some(Duration::from_millis(1));
        let session = Session::builder().simulated(sim).rekey_interval(often).build().expect("simulated pages");
        drop(session.enclave(&mut [1; 8]).expect("a key to split anew"));
        *slot.lock().expect("not poisoned") = Some(session);
    }
    let end = |own: usize| {
        let make = || SESSIONS[own].lock().expect("not poisoned").as_ref().map(|session| session.buffer(8));
        let [buffer, another] = [(); 2].map(|()| make().expect("a session").expect("a buffer"));
        let inside = buffer.read().expect("alive");
        assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
        let rekeys = || SESSIONS[own].lock().expect("not poisoned").as_ref().map(|session| session.health().rekeys);
        let before = rekeys();
        // Time for the rekey thread to tell it, if it were to.
        while rekeys() < before.map(|rekeys| rekeys + 2) {
            thread::yield_now();
        }
        DROPS.set(Some(1 - own));
        // The end of the access tells that the wipe was handed over.
        drop(inside);
        // If it was told a moment ago that a rekey was skipped, a later call tells the rest.
        while DROPS.get().is_some() {
            drop(another.read().expect("alive"));
        }
    };
    within_patience("two sessions", move || {
        thread::scope(|scope| [0, 1].map(|own| scope.spawn(move || end(own))).map(|end| end.join().expect("no panic")))
    });
    for (sim, slot) in sims.iter().zip(&SESSIONS) {
        assert!(slot.lock().expect("not poisoned").is_none(), "it was dropped");
        let report = sim.report();
        assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, vec![]));
    }
}
