//! A program on real threads, along one schedule.

use super::program::{Program, Step};
use memguard_lockdep::crossbeam_channel::{Receiver, Sender, unbounded};
use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::thread;
use std::sync::{self, Condvar};

/// One program at a time: the checker has one graph.
static ONE: sync::Mutex<()> = sync::Mutex::new(());

type Channel = (Sender<()>, Receiver<()>);

/// Whose turn it is.
struct Turns<'a> {
    schedule: &'a [usize],
    done: sync::Mutex<usize>,
    changed: Condvar,
}

impl Turns<'_> {
    fn take(&self, thread: usize, step: impl FnOnce()) {
        let is_next = |done: &mut usize| self.schedule[*done] == thread;
        let done = self.done.lock().expect("no step panics");
        let mut done = self.changed.wait_while(done, |done| !is_next(done)).expect("no step panics");
        step();
        *done += 1;
        self.changed.notify_all();
    }
}

/// Whether the checker reports a deadlock after a run of the program.
pub fn reports_deadlock(program: &Program, schedule: &[usize]) -> bool {
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    memguard_lockdep::forget();
    let locks = [Mutex::named("a", ()), Mutex::named("b", ())];
    let channels = [unbounded(), unbounded()];
    let turns = Turns { schedule, done: sync::Mutex::new(0), changed: Condvar::new() };
    thread::scope(|scope| {
        for (thread, steps) in program.0.iter().enumerate() {
            let (locks, channels, turns) = (&locks, &channels, &turns);
            scope.spawn(move || run(thread, steps, locks, channels, turns));
        }
    });
    memguard_lockdep::reports().iter().any(|report| report.verdict.is_deadlock())
}

fn run(thread: usize, steps: &[Step], locks: &[Mutex<()>], channels: &[Channel], turns: &Turns<'_>) {
    let mut held = Vec::new();
    for &step in steps {
        turns.take(thread, || match step {
            Step::Take(lock) => held.push((lock, locks[lock].lock())),
            Step::Release(lock) => held.retain(|(of, _)| *of != lock),
            Step::Send(channel) => channels[channel].0.send(()).expect("the receiver is there"),
            Step::Receive(channel) => channels[channel].1.recv().expect("the sender is there"),
        });
    }
}
