//! A program on real threads, one after the other, so that nobody waits.

use super::program::{LOCKS, Program, Step, Take};
use memguard_lockdep::parking_lot::RwLock;
use std::sync::Mutex;
use std::thread;

/// One program at a time: the checker has one graph.
static ONE: Mutex<()> = Mutex::new(());

/// Whether the checker reports a deadlock after a run of the program.
pub fn reports_deadlock(program: &Program) -> bool {
    let _one = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    memguard_lockdep::forget();
    let locks = [RwLock::named("a", ()), RwLock::named("b", ()), RwLock::named("c", ())];
    for steps in &program.0 {
        thread::scope(|scope| {
            scope.spawn(|| run(steps, &locks));
        });
    }
    memguard_lockdep::reports().iter().any(|report| report.verdict.is_deadlock())
}

enum Guard<'a> {
    Write { _guard: memguard_lockdep::parking_lot::RwLockWriteGuard<'a, ()> },
    Read { _guard: memguard_lockdep::parking_lot::RwLockReadGuard<'a, ()> },
}

fn run(steps: &[Step], locks: &[RwLock<()>; LOCKS]) {
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
