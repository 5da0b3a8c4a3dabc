//! What safe code can do with the locks that `internals` makes public: it never gets two guards of one mutex at a time.

use memguard::sync::{Class, Condvar, Mutex, MutexGuard, Poisoned, Site, TryLockError};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Far longer than it takes for a lock to become free.
const LONG: Duration = Duration::from_secs(60);

fn lock(class: Class) -> Mutex<bool> {
    Mutex::new(class, false)
}

/// Whether a thread other than this one can get the lock.
fn is_free(mutex: &Mutex<bool>, site: Site) -> bool {
    std::thread::scope(|scope| scope.spawn(|| mutex.lock_timed(site, Duration::ZERO).is_ok()).join().unwrap())
}

/// Runs `step` while another thread sleeps on `condvar` with `mutex`, and then wakes that thread.
fn while_one_waits(condvar: &Condvar, mutex: &Mutex<bool>, step: impl FnOnce()) {
    let about_to_wait = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut guard = mutex.lock(Site::LeaseWait).unwrap();
            about_to_wait.store(true, Ordering::Release);
            while !*guard {
                condvar.wait(&mut guard).expect("no thread waits with another mutex");
            }
        });
        while !about_to_wait.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        // It held the lock until it slept.
        drop(mutex.lock(Site::LeaseWake).unwrap());
        let stepped = catch_unwind(AssertUnwindSafe(step));
        *mutex.lock(Site::LeaseWake).unwrap() = true;
        condvar.notify_all();
        stepped.unwrap();
    });
}

/// parking_lot refuses this by a panic. That panic released the mutex under the guard that this thread still had.
#[test]
fn a_second_mutex_is_refused_and_stays_locked() {
    let (condvar, one, two) = (Condvar::new(), lock(Class::Buffer), lock(Class::Buffer));
    while_one_waits(&condvar, &one, || {
        let mut guard = two.lock(Site::LeaseWait).unwrap();
        let refused = condvar.wait(&mut guard).unwrap_err();
        assert!(refused.to_string().contains("another mutex"), "{refused}");
        assert!(!is_free(&two, Site::LeaseWait), "the guard is alive, so the mutex is locked");
        drop(guard);
        assert!(is_free(&two, Site::LeaseWait), "it was held once");
    });
}

/// It is refused every time. The refused thread can wait once the others have left.
#[test]
fn a_second_mutex_can_follow_the_first() {
    let (condvar, one, two) = (Condvar::new(), lock(Class::Buffer), lock(Class::Buffer));
    while_one_waits(&condvar, &one, || {
        for _ in 0..3 {
            assert!(condvar.wait(&mut two.lock(Site::LeaseWait).unwrap()).is_err());
        }
    });
    while_one_waits(&condvar, &two, || {
        assert!(condvar.wait(&mut one.lock(Site::LeaseWait).unwrap()).is_err());
    });
    assert!(is_free(&one, Site::LeaseWait) && is_free(&two, Site::LeaseWait));
}

/// A mutex may move between two waits, because no thread waits with it then.
#[test]
fn a_mutex_may_move_between_waits() {
    let (condvar, mutex) = (Condvar::new(), Box::new(lock(Class::Buffer)));
    while_one_waits(&condvar, &mutex, || ());
    let moved = *mutex;
    *moved.lock(Site::LeaseWake).unwrap() = false;
    while_one_waits(&condvar, &moved, || ());
}

/// Many threads wait with two mutexes on one condition variable. At any time they wait with one of the two, and a mutex
/// never has two guards.
#[test]
fn two_mutexes_under_load() {
    const ROUNDS: usize = 2000;
    let condvar = Condvar::new();
    let [one, two] = [(); 2].map(|()| Mutex::new(Class::Buffer, 0usize));
    let refused = Cell::new(0usize);
    let round = |mutex: &Mutex<usize>| {
        let mut guard = mutex.lock(Site::LeaseWait).unwrap();
        let before = *guard;
        *guard += 1;
        let waited = condvar.wait(&mut guard);
        // If the wait was refused, the lock was never released, so no other thread has counted.
        assert!(waited.is_ok() || *guard == before + 1, "another thread was inside a lock that this one held");
        waited.is_err()
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = [&one, &one, &two, &two]
            .map(|mutex| scope.spawn(move || (0..ROUNDS).filter(|_| round(mutex)).count()))
            .into();
        let waker = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                condvar.notify_all();
                std::thread::yield_now();
            }
        });
        workers.into_iter().for_each(|worker| refused.set(refused.get() + worker.join().unwrap()));
        over.store(true, Ordering::Release);
        waker.join().unwrap();
    });
    let counted = *one.lock(Site::LeaseWait).unwrap() + *two.lock(Site::LeaseWait).unwrap();
    assert_eq!(counted, 4 * ROUNDS, "a count was lost");
    assert!(refused.get() > 0, "the two mutexes never met");
}

/// A leaked guard keeps its lock for good.
#[test]
fn a_leaked_guard_keeps_its_lock() {
    for leak in [false, true] {
        let mutex = lock(Class::Pool);
        if leak {
            std::mem::forget(mutex.lock(Site::PoolTake));
        } else {
            let panics = || {
                let _guard = mutex.lock(Site::PoolTake).unwrap();
                std::panic::resume_unwind(Box::new("planted"));
            };
            assert!(std::thread::scope(|scope| scope.spawn(panics).join()).is_err());
            // The error holds the guard. If the error is forgotten, the lock stays locked too.
            let Err(poisoned) = mutex.lock(Site::PoolTake) else { panic!("not marked") };
            std::mem::forget(poisoned);
        }
        assert!(matches!(mutex.lock_timed(Site::PoolTrim, Duration::ZERO), Err(TryLockError::WouldBlock)));
    }
}

/// The mark of a panic is cleared by the guard that it came with, and that guard is the only one.
#[test]
fn a_poisoned_guard_is_the_only_one() {
    let mutex = lock(Class::Pool);
    let panics = || {
        let _guard = mutex.lock(Site::PoolTake).unwrap();
        std::panic::resume_unwind(Box::new("planted"));
    };
    assert!(std::thread::scope(|scope| scope.spawn(panics).join()).is_err());
    let poisoned = mutex.lock(Site::PoolTake).unwrap_err();
    assert!(!is_free(&mutex, Site::PoolTrim));
    let guard = Poisoned::into_inner(poisoned);
    assert!(!is_free(&mutex, Site::PoolTrim));
    drop(guard);
    assert!(mutex.lock_timed(Site::PoolTrim, LONG).is_ok(), "the mark is cleared and the lock free");
}

/// Whether the type has the trait. The inherent constant `IS` is used where its bound holds.
macro_rules! has {
    ($type:ty: $bound:ident) => {{
        #[allow(dead_code, reason = "unused where the bound holds")]
        trait Otherwise {
            const IS: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        #[allow(dead_code, reason = "only named")]
        struct Subject<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "wins where its bound holds")]
        impl<T: ?Sized + $bound> Subject<T> {
            const IS: bool = true;
        }
        <Subject<$type>>::IS
    }};
}

/// A lock may cross threads if its data may. A guard never may.
#[test]
fn guards_stay_on_their_thread() {
    assert!(has!(Mutex<Cell<u8>>: Send) && has!(Mutex<Cell<u8>>: Sync), "the data is reached by one thread at a time");
    assert!(!has!(Mutex<std::rc::Rc<u8>>: Send) && !has!(Mutex<std::rc::Rc<u8>>: Sync));
    assert!(!has!(MutexGuard<'static, u8>: Send), "a lock is released by the thread that took it");
    assert!(!has!(MutexGuard<'static, Cell<u8>>: Sync), "a shared guard would share the data");
    assert!(!has!(Poisoned<MutexGuard<'static, u8>>: Send) && !has!(TryLockError<MutexGuard<'static, u8>>: Send));
    assert!(has!(Condvar: Send) && has!(Condvar: Sync));
}
