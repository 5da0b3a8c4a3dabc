//! How a semaphore of any library is told to the checker. One that threads take and give back is a lock. One that a
//! thread gives and another takes is an event.

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::{Event, Lock, Mode, Wait};
use std::sync::{self, Condvar};

/// A semaphore of the program's own.
struct Permits(sync::Mutex<u32>, Condvar);

impl Permits {
    fn new(permits: u32) -> Self {
        Self(sync::Mutex::new(permits), Condvar::new())
    }

    fn acquire(&self) {
        let permits = self.0.lock().expect("no step panics");
        *self.1.wait_while(permits, |permits| *permits == 0).expect("no step panics") -= 1;
    }

    fn release(&self) {
        *self.0.lock().expect("no step panics") += 1;
        self.1.notify_one();
    }
}

fn is_deadlock(class: &str) -> bool {
    let about = |step: &memguard_lockdep::Step| step.held.class.name() == Some(class);
    let reports = memguard_lockdep::reports();
    reports.iter().any(|report| report.verdict.is_deadlock() && report.steps.iter().any(about))
}

/// Two threads, one after the other, that could run at once.
fn in_turn(one: impl Fn() + Sync, other: impl Fn() + Sync) {
    for step in [&one as &(dyn Fn() + Sync), &other] {
        std::thread::scope(|scope| scope.spawn(step).join().expect("the step works"));
    }
}

/// One permit, around what a thread does with it.
fn with_permit(permits: &Permits, lock: &Lock, inside: impl FnOnce()) {
    lock.ask(Mode::Exclusive, Wait::Block);
    permits.acquire();
    let held = lock.taken(Mode::Exclusive);
    inside();
    held.release();
    permits.release();
}

#[test]
fn a_permit_and_a_mutex_in_both_orders() {
    let (permits, lock, mutex) = (Permits::new(1), Lock::named("PERMIT"), Mutex::named("under a permit", ()));
    let permit_first = || with_permit(&permits, &lock, || drop(mutex.lock()));
    let mutex_first = || {
        let _held = mutex.lock();
        with_permit(&permits, &lock, || ());
    };
    in_turn(permit_first, mutex_first);
    assert!(is_deadlock("under a permit"));
}

#[test]
fn a_mutex_before_a_permit_and_under_none() {
    let (permits, lock, mutex) = (Permits::new(1), Lock::named("PERMIT, good"), Mutex::named("before a permit", ()));
    let one_after_the_other = || {
        drop(mutex.lock());
        with_permit(&permits, &lock, || ());
    };
    let mutex_first = || {
        let _held = mutex.lock();
        with_permit(&permits, &lock, || ());
    };
    in_turn(one_after_the_other, mutex_first);
    assert!(!is_deadlock("before a permit"));
}

/// The one who gives the permit needs a lock that the one who waits for it keeps.
#[test]
fn a_permit_that_another_thread_gives() {
    let (permits, given, mutex) = (Permits::new(0), Event::named("GIVEN"), Mutex::named("kept for a permit", ()));
    let give = || {
        drop(mutex.lock());
        given.notify();
        permits.release();
    };
    let take = || {
        let _held = mutex.lock();
        given.wait(|| permits.acquire());
    };
    in_turn(give, take);
    assert!(is_deadlock("kept for a permit"));
}

#[test]
fn a_permit_that_needs_no_lock() {
    let (permits, given, mutex) = (Permits::new(0), Event::named("GIVEN, good"), Mutex::named("kept in peace", ()));
    let give = || {
        given.notify();
        permits.release();
        drop(mutex.lock());
    };
    let take = || {
        let _held = mutex.lock();
        given.wait(|| permits.acquire());
    };
    in_turn(give, take);
    assert!(!is_deadlock("kept in peace"));
}
