//! A program on real threads, one after the other, so that nobody waits.

use super::program::{LOCKS, Program, Step, THREADS, Take};
use memguard_lockdep::parking_lot::RwLock;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

type Locks = [RwLock<()>; LOCKS];
type Job = (Vec<Step>, Arc<Locks>, Sender<()>);

/// One program at a time: the checker has one graph. The threads stay, as making them would take most of the time.
static RUNNERS: Mutex<Vec<Sender<Job>>> = Mutex::new(Vec::new());

/// Whether the checker reports a deadlock after a run of the program.
///
/// # Panics
/// If a thread of the program panics.
pub fn reports_deadlock(program: &Program) -> bool {
    let mut runners = RUNNERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    runners.resize_with(THREADS, runner);
    memguard_lockdep::forget();
    let locks = Arc::new(["a", "b", "c"].map(|name| RwLock::named(name, ())));
    for (steps, runner) in program.0.iter().zip(&*runners) {
        let (done, is_done) = mpsc::channel();
        let sent = runner.send((steps.clone(), locks.clone(), done));
        assert!(sent.is_ok() && is_done.recv().is_ok(), "a thread of the program panicked");
    }
    memguard_lockdep::reports().iter().any(|report| report.verdict.is_deadlock())
}

/// A thread that does what it is sent.
fn runner() -> Sender<Job> {
    let (jobs, work) = mpsc::channel::<Job>();
    thread::spawn(move || {
        for (steps, locks, done) in work {
            run(&steps, &locks);
            drop(locks);
            // The other end waits.
            let _ = done.send(());
        }
    });
    jobs
}

enum Guard<'a> {
    Write { _guard: memguard_lockdep::parking_lot::RwLockWriteGuard<'a, ()> },
    Read { _guard: memguard_lockdep::parking_lot::RwLockReadGuard<'a, ()> },
}

fn run(steps: &[Step], locks: &Locks) {
    let mut held: Vec<(usize, Guard<'_>)> = Vec::new();
    for &step in steps {
        match step {
            Step::Take(Take::Write, lock) => held.push((lock, Guard::Write { _guard: locks[lock].write() })),
            Step::Take(Take::Read, lock) => held.push((lock, Guard::Read { _guard: locks[lock].read() })),
            Step::Take(Take::Try, lock) => {
                held.extend(locks[lock].try_write().map(|guard| (lock, Guard::Write { _guard: guard })));
            }
            Step::Release(lock) => {
                if let Some(at) = held.iter().rposition(|(of, _)| *of == lock) {
                    held.remove(at);
                }
            }
        }
    }
}
