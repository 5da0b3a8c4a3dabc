//! A wait that is woken for nothing ends when it would have ended without.
//!
//! The waits last [`PATIENCE`]. The main thread lets simulated time pass in quarters of it, and looks which have ended.

use memguard::sync::{Class, Mutex, Site};
use memguard::{Buffer, Error, Session, with_buffers};
use memguard_stress::ops::Options;
use memguard_stress::thread::{self, JoinHandle};
use shuttle::sync::mpsc::{Sender, channel};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A schedule without decisions: each thread runs until it has to wait.
const SCHEDULE: &[u8] = &[];
const CLOCK: u64 = 7;

const PATIENCE_US: u32 = 400_000;
const QUARTER_US: u32 = PATIENCE_US / 4;

fn session(acquire_timeout_us: u32) -> Session {
    let options = Options { acquire_timeout_us, ..Options::default() };
    options.build(&options.sim()).expect("a session")
}

/// What makes time pass: a buffer that another thread writes for ever.
struct Time {
    buffer: Arc<Buffer>,
    /// Its end would be the end of the buffer.
    _session: Session,
}

impl Time {
    fn new() -> Self {
        let session = session(QUARTER_US);
        let buffer = Arc::new(session.buffer(8).expect("a buffer"));
        let same = Arc::clone(&buffer);
        thread::spawn(move || std::mem::forget(same.write().expect("an access"))).join().expect("no panic");
        Self { buffer, _session: session }
    }

    fn quarters_pass(&self, quarters: u32) {
        for _ in 0..quarters {
            times_out(self.buffer.read());
        }
    }
}

/// A thread, and whether it has done its work.
struct Worker {
    thread: JoinHandle<()>,
    ended: Arc<AtomicBool>,
}

impl Worker {
    fn new(work: impl FnOnce() + Send + 'static) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let same = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            work();
            same.store(true, Ordering::Relaxed);
        });
        Self { thread, ended }
    }

    /// It must have given up by now.
    fn has_ended(self) {
        assert!(self.ended.load(Ordering::Relaxed), "the deadline began anew");
        self.thread.join().expect("no panic");
    }
}

fn times_out<T>(access: Result<T, Error>) {
    assert!(matches!(access.map(drop), Err(Error::Timeout { .. })));
}

/// Runs `hold` in a thread, with a function that waits for the next message. The thread holds something when this
/// returns.
fn holder(hold: impl FnOnce(&dyn Fn() -> bool) + Send + 'static) -> (Sender<()>, JoinHandle<()>) {
    let (next, told) = channel();
    let thread = thread::spawn(move || hold(&|| told.recv().is_ok()));
    thread::yield_now();
    (next, thread)
}

/// Writes this buffer until the next message.
fn writer(buffer: &Arc<Buffer>) -> (Sender<()>, JoinHandle<()>) {
    let buffer = Arc::clone(buffer);
    holder(move |next| {
        let _inside = buffer.write().expect("an access");
        next();
    })
}

#[test]
fn of_a_lock() {
    thread::run_in_time(SCHEDULE, CLOCK, || {
        let time = Time::new();
        let mutex = Arc::new(Mutex::new(Class::Coffer, ()));
        let same = Arc::clone(&mutex);
        // It takes the lock again before the waiter that it has woken runs.
        let (again, holder) = holder(move |next| {
            let mut is_told = true;
            while is_told {
                let _held = same.lock(Site::CofferPurge);
                is_told = next();
            }
        });
        let patience = Duration::from_micros(PATIENCE_US.into());
        let waiter = Worker::new(move || assert!(mutex.lock_timed(Site::CofferView, patience).is_err()));
        time.quarters_pass(2);
        again.send(()).expect("the holder lives");
        time.quarters_pass(3);
        waiter.has_ended();
        drop(again);
        holder.join().expect("no panic");
    });
}

/// A writer that gives up wakes the readers behind it. Another thread is still inside.
#[test]
fn of_a_lease() {
    thread::run_in_time(SCHEDULE, CLOCK, || {
        let time = Time::new();
        let session = session(PATIENCE_US);
        let buffer = Arc::new(session.buffer(8).expect("a buffer"));
        let (end, holder) = writer(&buffer);
        let same = Arc::clone(&buffer);
        let other_writer = Worker::new(move || times_out(same.write()));
        time.quarters_pass(1);
        let reader = Worker::new(move || times_out(buffer.read()));
        time.quarters_pass(5);
        other_writer.has_ended();
        reader.has_ended();
        drop(end);
        holder.join().expect("no panic");
    });
}

/// The wait for the second begins when half of the time is over.
#[test]
fn of_several_leases() {
    thread::run_in_time(SCHEDULE, CLOCK, || {
        let time = Time::new();
        let session = session(PATIENCE_US);
        let [first, second] = [(); 2].map(|()| Arc::new(session.buffer(8).expect("a buffer")));
        let ((end_first, first_holder), (end_second, second_holder)) = (writer(&first), writer(&second));
        let waiter = Worker::new(move || times_out(with_buffers(&[&first, &second], &[], |_, _| ())));
        time.quarters_pass(2);
        drop(end_first);
        first_holder.join().expect("no panic");
        time.quarters_pass(3);
        waiter.has_ended();
        drop(end_second);
        second_holder.join().expect("no panic");
    });
}
