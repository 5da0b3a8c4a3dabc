//! Planted bugs, which show that shuttle, the oracles and the replay work. Each `_buggy` scenario must be caught. Its
//! twin without the bug must pass.

use memguard::sync::{Condvar, Mutex, MutexGuard, Site};
use memguard_stress::deep::{Deep, Failed, Passed, Policy, Seen};
use memguard_stress::thread::{SavedSchedule, spawn, yield_now};
use shuttle::sync::atomic::{AtomicBool, Ordering};
use std::path::Path;
use std::sync::Arc;

type Run = Result<Passed, Box<Failed>>;

fn deep(name: &'static str, folder: &Path) -> Deep {
    Deep::new(name, Policy::Random).exactly(1000, 1).saves_in(folder).allows_violations()
}

/// Runs the scenario, saves the schedule that fails, reads it back and follows it. The replay must fail in the same
/// way. On a program of one thread the schedule must not fit.
fn caught_and_replayed(name: &'static str, body: fn()) -> Failed {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let failed = deep(name, folder.path()).explore(move |_| body()).expect_err("1000 schedules found nothing");
    let saved = SavedSchedule::read(&failed.saved).expect("the failed schedule was saved");
    assert_eq!(saved.scenario(), name);
    let again = deep("again", folder.path()).replay(&saved, move |_| body()).expect_err("the replay does not fail");
    assert_eq!((again.schedule, &again.text), (1, &failed.text), "the replay fails in another way");
    assert_eq!(SavedSchedule::read(&again.saved).expect("saved too"), saved, "the replay took other steps");
    assert!(!again.does_not_fit(), "{again}");
    let alone = |_: &Seen| (0..1000).for_each(|_| yield_now());
    let other = deep("other", folder.path()).replay(&saved, alone).expect_err("it fits any program");
    assert!(other.does_not_fit(), "{other}");
    *failed
}

fn passes(name: &'static str, body: fn()) -> Run {
    deep(name, Path::new("nothing is saved here")).explore(move |_| body())
}

fn take(lock: &Mutex<()>, site: Site) -> MutexGuard<'_, ()> {
    lock.lock(site).expect("nothing panics here")
}

/// Two threads take COFFER and BUFFERS. If `inverted`, one of them takes BUFFERS first.
fn two_orders(inverted: bool) {
    let locks = Arc::new([Site::CofferPurge, Site::RegistryPurge].map(|site| Mutex::new(site.class(), ())));
    let other = spawn({
        let locks = Arc::clone(&locks);
        move || {
            let _coffer = take(&locks[0], Site::CofferPurge);
            let _buffers = take(&locks[1], Site::RegistryPurge);
        }
    });
    if inverted {
        let _buffers = take(&locks[1], Site::RegistryPurge);
        let _coffer = take(&locks[0], Site::CofferPurge);
    } else {
        let _coffer = take(&locks[0], Site::CofferPurge);
        let _buffers = take(&locks[1], Site::RegistryPurge);
    }
    other.join().expect("no panic");
}

#[test]
fn order_buggy() {
    let failed = caught_and_replayed("planted-order", || two_orders(true));
    assert!(failed.is_deadlock(), "{failed}");
    for lock in ["waits  memguard::COFFER", "waits  memguard::BUFFERS"] {
        assert!(failed.waits.contains(lock), "the failure does not say which thread waits for what:\n{failed}");
    }
}

#[test]
fn order() {
    passes("planted-order", || two_orders(false)).expect("the right order deadlocks");
}

/// One thread waits until another has said that it is ready.
fn hand_over(under_the_lock: bool) {
    let shared = Arc::new((Mutex::new(Site::LeaseWait.class(), ()), Condvar::new(), AtomicBool::new(false)));
    let other = spawn({
        let shared = Arc::clone(&shared);
        move || {
            let (lock, changed, ready) = &*shared;
            ready.store(true, Ordering::SeqCst);
            // The bug is to notify without the lock. The waiter may have checked the flag already and may not sleep
            // yet.
            let _guard = under_the_lock.then(|| take(lock, Site::LeaseWake));
            changed.notify_all();
        }
    });
    let (lock, changed, ready) = &*shared;
    let mut guard = take(lock, Site::LeaseWait);
    while !ready.load(Ordering::SeqCst) {
        changed.wait(&mut guard).expect("one mutex");
    }
    drop(guard);
    other.join().expect("no panic");
}

#[test]
fn lost_wake_up_buggy() {
    let failed = caught_and_replayed("planted-wake-up", || hand_over(false));
    assert!(failed.is_deadlock(), "{failed}");
}

#[test]
fn no_lost_wake_up() {
    passes("planted-wake-up", || hand_over(true)).expect("the wake-up is lost without the bug");
}

/// Two threads count under a lock. The second one tries it first. The bug is to count after a miss.
fn count(ignores_the_miss: bool) {
    let number = Arc::new((Mutex::new(Site::PoolPut.class(), ()), shuttle::sync::atomic::AtomicU32::new(0)));
    let add = |number: &shuttle::sync::atomic::AtomicU32| {
        let before = number.load(Ordering::SeqCst);
        number.store(before + 1, Ordering::SeqCst);
    };
    let other = spawn({
        let number = Arc::clone(&number);
        move || match number.0.try_lock(Site::RegistryAdd) {
            Ok(_guard) => add(&number.1),
            Err(_) if ignores_the_miss => add(&number.1),
            Err(_) => {
                let _guard = take(&number.0, Site::PoolPut);
                add(&number.1);
            }
        }
    });
    let guard = take(&number.0, Site::PoolPut);
    add(&number.1);
    drop(guard);
    other.join().expect("no panic");
    assert_eq!(number.1.load(Ordering::SeqCst), 2, "a count was lost");
}

#[test]
fn try_taken_for_success_buggy() {
    let failed = caught_and_replayed("planted-try", || count(true));
    assert!(failed.text.contains("a count was lost"), "{failed}");
}

#[test]
fn try_that_misses() {
    passes("planted-try", || count(false)).expect("a count is lost without the bug");
}

/// The order checker needs no hang: the wrong order alone fails a scenario that does not allow it.
#[test]
fn order_alone_buggy() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let run = Deep::new("planted-order-alone", Policy::Random).exactly(1, 1).saves_in(folder.path()).explore(|_| {
        let [coffer, buffers] = [Site::CofferPurge, Site::RegistryPurge].map(|site| Mutex::new(site.class(), ()));
        let _buffers = take(&buffers, Site::RegistryPurge);
        let _coffer = take(&coffer, Site::CofferPurge);
    });
    let failed = run.expect_err("lockdep saw nothing");
    assert!(failed.text.contains("the lock order was broken"), "{failed}");
}
