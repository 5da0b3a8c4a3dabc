//! What this checker offers to the programs.

use crate::harness;
use crate::tool::{Barriers, Channels, Onces, Task, Threads};
use memguard_lockdep::sync::{Barrier, Once, mpsc};
use memguard_lockdep::thread;

mod crossbeam;
mod parking_lot;
mod std_sync;

pub use crossbeam::Crossbeam;
pub use parking_lot::ParkingLot;
pub use std_sync::StdSync;

/// Ends the process as the checker reports a deadlock. Debts do not count.
fn watch() {
    memguard_lockdep::observe(|report| {
        if report.verdict.is_deadlock() {
            harness::found(report);
        }
        println!("{report}");
    });
}

/// The observer misses nothing that the list of reports has.
fn finish() {
    for report in memguard_lockdep::reports() {
        assert!(!report.verdict.is_deadlock(), "the observer was not told of {report}");
    }
}

/// [`memguard_lockdep::thread`].
pub struct Watched;

impl Threads for Watched {
    type Handle = thread::JoinHandle<()>;
    fn spawn(run: impl FnOnce() + Send + 'static) -> Self::Handle {
        thread::spawn(run)
    }
    fn join(handle: Self::Handle) {
        handle.join().expect("the threads of the programs catch their panics");
    }
    fn scope<'a>(threads: Vec<Task<'a>>, then: impl FnOnce()) {
        thread::scope(|scope| {
            for thread in threads {
                scope.spawn(thread);
            }
            then();
        });
    }
}

impl Channels for Watched {
    type Sender = mpsc::Sender<u32>;
    type BoundSender = mpsc::SyncSender<u32>;
    type Receiver = mpsc::Receiver<u32>;
    fn channel() -> (Self::Sender, Self::Receiver) {
        mpsc::channel()
    }
    fn bounded(bound: usize) -> (Self::BoundSender, Self::Receiver) {
        mpsc::sync_channel(bound)
    }
    fn send(sender: &Self::Sender, number: u32) {
        let _ = sender.send(number);
    }
    fn send_bounded(sender: &Self::BoundSender, number: u32) {
        let _ = sender.send(number);
    }
    fn receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.recv().ok()
    }
    fn try_receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.try_recv().ok()
    }
}

impl Barriers for Watched {
    type Barrier = Barrier;
    fn barrier(threads: usize) -> Barrier {
        Barrier::new(threads)
    }
    fn meet(barrier: &Barrier) {
        barrier.wait();
    }
}

impl Onces for Watched {
    type Once = Once;
    fn once() -> Once {
        Once::new()
    }
    fn call_once(once: &Once, initialise: impl FnOnce()) {
        once.call_once(initialise);
    }
    fn is_initialised(once: &Once) -> bool {
        once.is_completed()
    }
}
