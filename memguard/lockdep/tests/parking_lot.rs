//! What the locks of `parking_lot` have beyond a mutex and a lock.

use memguard_lockdep::parking_lot::{Condvar, Mutex, ReentrantMutex, RwLock};
use memguard_lockdep::{Verdict, held, reports};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The lines where this thread took what it holds.
fn lines() -> Vec<u32> {
    held().iter().map(|lock| lock.place.line()).collect()
}

#[test]
fn a_reentrant_mutex_is_held_once_and_from_where_it_was_taken() {
    let mutex = ReentrantMutex::new(());
    let first = mutex.lock();
    let line = line!() - 1;
    let second = mutex.lock();
    assert_eq!(lines(), [line]);
    drop(first);
    assert_eq!(lines(), [line]);
    drop(second);
    assert!(held().is_empty());

    let _tried = mutex.try_lock().expect("nobody holds it");
    assert_eq!(lines(), [line!() - 1]);
    assert!(
        thread::scope(|scope| scope.spawn(|| mutex.try_lock_for(Duration::ZERO).is_none()).join()).expect("no panic")
    );
}

#[test]
fn a_reentrant_mutex_taken_again_makes_no_edge_but_another_lock_does() {
    let (a, b) = (ReentrantMutex::new(()), Mutex::new(()));
    let again = || {
        let _a = a.lock();
        let _b = b.lock();
        let _again = a.lock();
    };
    thread::scope(|scope| scope.spawn(again).join()).expect("no panic");
    assert_eq!(reports(), []);
    let other_order = || {
        let _b = b.lock();
        let _a = a.lock();
    };
    thread::scope(|scope| scope.spawn(other_order).join()).expect("no panic");
    let verdicts: Vec<Verdict> = reports().iter().map(|report| report.verdict).collect();
    assert_eq!(verdicts, [Verdict::Deadlock]);
}

#[test]
fn a_guard_that_owns_its_lock_is_held_as_one_that_does_not() {
    let mutex: Arc<Mutex<dyn Send>> = Arc::new(Mutex::new(1));
    let guard = mutex.lock_arc();
    assert_eq!((lines(), Arc::strong_count(&mutex)), (vec![line!() - 1], 2));
    drop(guard);
    let lock = Arc::new(RwLock::new(1));
    let guard = lock.try_read_arc().expect("nobody writes");
    assert_eq!((lines(), Arc::strong_count(&lock)), (vec![line!() - 1], 2));
    drop(guard);
    let mutex = Arc::new(ReentrantMutex::new(1));
    let guard = mutex.lock_arc();
    assert_eq!((lines(), Arc::strong_count(&mutex)), (vec![line!() - 1], 2));
    drop(guard);
    assert!(held().is_empty());
}

#[test]
fn a_wait_says_whether_it_ended_at_its_timeout() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut guard = mutex.lock();
    assert!(!condvar.wait_while_for(&mut guard, |_| false, Duration::ZERO).timed_out());
    assert!(condvar.wait_while_until(&mut guard, |_| true, Instant::now()).timed_out());
    assert!(condvar.wait_for(&mut guard, Duration::ZERO).timed_out());
    assert_eq!(held().len(), 1);
}
