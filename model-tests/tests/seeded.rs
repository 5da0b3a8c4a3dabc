//! Planted bugs: each detector must find one. Each `_buggy` program must be caught. Its twin without the bug must pass.

#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, Ordering};
use memguard::sync::{Condvar, Mutex, Site};
use memguard::{Error, Fault};
use model_tests::{Explored, Model, SECRET, World, keep, look, saw, spawn_with};
use std::sync::Arc;

/// Takes two locks in this order, waiting for both.
fn take_both(first: &Mutex<()>, first_at: Site, second: &Mutex<()>, second_at: Site) {
    let _first = first.lock(first_at).expect("nothing panics here");
    let _second = second.lock(second_at).expect("nothing panics here");
}

/// Two threads take COFFER and BUFFERS. If `inverted`, the second one takes them in the wrong order.
fn two_orders(inverted: bool) -> Explored {
    Model::new("seeded.order").allows_violations().explore(move || {
        let locks = Arc::new([Site::CofferPurge, Site::RegistryPurge].map(|site| Mutex::new(site.class(), ())));
        let other =
            spawn_with(&locks, move |locks| take_both(&locks[0], Site::CofferPurge, &locks[1], Site::RegistryPurge));
        if inverted {
            take_both(&locks[1], Site::RegistryPurge, &locks[0], Site::CofferPurge);
        } else {
            take_both(&locks[0], Site::CofferPurge, &locks[1], Site::RegistryPurge);
        }
        other.join().expect("no panic");
    })
}

#[test]
fn order_buggy() {
    let explored = two_orders(true);
    assert!(explored.is_deadlock(), "loom: {:?}", explored.failure_text());
    assert!(explored.violations > 0, "lockdep saw nothing");
}

#[test]
fn order() {
    let explored = two_orders(false);
    assert_eq!((explored.failure_text(), explored.violations), (None, 0));
}

/// lockdep needs no second thread and no wait: the wrong order alone is enough.
#[test]
fn order_alone_buggy() {
    let explored = Model::new("seeded.order_alone").allows_violations().explore(|| {
        let [coffer, buffers] = [Site::CofferPurge, Site::RegistryPurge].map(|site| Mutex::new(site.class(), ()));
        take_both(&buffers, Site::RegistryPurge, &coffer, Site::CofferPurge);
    });
    assert_eq!((explored.failure_text(), explored.executions), (None, 1));
    // The order of the classes, and the rule that a thread waits for nothing under BUFFERS.
    assert_eq!(explored.violations, 2);
}

/// A minimal registry of numbers. A number that cannot be registered at once is parked, and the next holder takes it
/// in.
struct TinyRegistry {
    registered: Mutex<Vec<u32>>,
    parked: Mutex<Vec<u32>>,
    forgets: bool,
}

impl TinyRegistry {
    fn new(forgets: bool) -> Self {
        let [registered, parked] =
            [Site::RegistryPurge, Site::PoolPut].map(|site| Mutex::new(site.class(), Vec::new()));
        Self { registered, parked, forgets }
    }

    fn add(&self, number: u32) {
        match self.registered.try_lock(Site::RegistryAdd) {
            Ok(mut registered) => {
                self.unpark(&mut registered);
                registered.push(number);
            }
            Err(_) => self.parked().push(number),
        }
    }

    fn take_all(&self) -> Vec<u32> {
        let mut registered = self.registered.lock(Site::RegistryPurge).expect("nothing panics here");
        self.unpark(&mut registered);
        std::mem::take(&mut registered)
    }

    fn unpark(&self, registered: &mut Vec<u32>) {
        let mut parked = std::mem::take(&mut *self.parked());
        if self.forgets {
            // The bug: un-parking takes one number too many.
            parked.pop();
        }
        registered.append(&mut parked);
    }

    fn parked(&self) -> memguard::sync::MutexGuard<'_, Vec<u32>> {
        self.parked.lock(Site::PoolPut).expect("nothing panics here")
    }
}

fn tiny_registry(forgets: bool) -> Explored {
    // The inner lock is one that the site table does not allow under BUFFERS. Order is not tested here.
    Model::new("seeded.registry").allows_violations().explore(move || {
        let registry = Arc::new(TinyRegistry::new(forgets));
        let other = spawn_with(&registry, move |registry| registry.add(1));
        registry.add(2);
        other.join().expect("no panic");
        let mut taken = registry.take_all();
        taken.sort_unstable();
        assert_eq!(taken, [1, 2], "a number was lost");
    })
}

#[test]
fn unparking_forgets_buggy() {
    let text = tiny_registry(true).failure_text().map(str::to_owned).expect("loom found nothing");
    assert!(text.contains("a number was lost"), "{text}");
}

#[test]
fn unparking() {
    assert_eq!(tiny_registry(false).failure_text(), None);
}

/// A wipe that does nothing. The simulated pages notice it, even though the library does not.
#[test]
fn skipped_wipe_buggy() {
    let explored = Model::new("seeded.skipped_wipe").explore(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        world.sim().fail(Fault::SkipWipe { n: 1 });
        let reader = spawn_with(&buffer, move |buffer| look(&buffer));
        let _wiped_or_handed_over = buffer.destroy().expect("no other thread destroys it");
        let read = reader.join().expect("no panic");
        assert!(matches!(read, Ok(SECRET) | Err(Error::Destroyed)));
        drop(buffer);
        world.end(1);
    });
    let text = explored.failure_text().expect("no oracle fired");
    assert!(text.contains("WIPED"), "{text}");
}

/// One thread waits until another is ready.
fn hand_over(under_the_lock: bool) -> Explored {
    Model::new("seeded.lost_wake_up").fine().explore(move || {
        let shared = Arc::new((Mutex::new(Site::LeaseWait.class(), ()), Condvar::new(), AtomicBool::new(false)));
        let other = spawn_with(&shared, move |shared| {
            let (lock, changed, ready) = &*shared;
            ready.swap(true, Ordering::AcqRel);
            // The bug is to notify without the lock. The waiter may have checked already and may not sleep yet.
            let _guard = under_the_lock.then(|| lock.lock(Site::LeaseWake).expect("nothing panics here"));
            changed.notify_all();
        });
        let (lock, changed, ready) = &*shared;
        let mut guard = lock.lock(Site::LeaseWait).expect("nothing panics here");
        // Both sides use read-modify-writes, which never see an old value, so only the order of steps can lose the
        // wake-up.
        while !ready.fetch_or(false, Ordering::AcqRel) {
            changed.wait(&mut guard).expect("one mutex");
        }
        drop(guard);
        other.join().expect("no panic");
    })
}

#[test]
fn lost_wake_up_buggy() {
    let explored = hand_over(false);
    assert!(explored.is_deadlock(), "loom: {:?}", explored.failure_text());
}

#[test]
fn no_lost_wake_up() {
    assert_eq!(hand_over(true).failure_text(), None);
}

/// A condition variable refuses a second mutex while a thread waits with the first. The second mutex stays locked. This
/// leaf and the real one do the same.
#[test]
fn a_second_mutex_is_refused() {
    let explored = Model::new("seeded.second_mutex").allows_violations().explore(|| {
        let shared = Arc::new(([(); 2].map(|()| Mutex::new(Site::LeaseWait.class(), true)), Condvar::new()));
        let ([first, second], changed) = &*shared;
        let mut waits = first.lock(Site::LeaseWait).expect("nothing panics here");
        let other = spawn_with(&shared, move |shared| {
            let ([first, second], changed) = &*shared;
            // The wait has released it.
            drop(first.lock(Site::LeaseWake).expect("nothing panics here"));
            let mut guard = second.lock(Site::LeaseWait).expect("nothing panics here");
            changed.wait(&mut guard).expect_err("another thread waits with the first mutex");
            assert!(second.try_lock(Site::RegistryAdd).is_err(), "two guards of one mutex");
            drop(guard);
            *first.lock(Site::LeaseWake).expect("nothing panics here") = false;
            changed.notify_all();
        });
        while *waits {
            changed.wait(&mut waits).expect("no thread waits with another mutex");
        }
        drop(waits);
        other.join().expect("no panic");
        assert!(second.try_lock(Site::RegistryAdd).is_ok(), "it was held more than once");
    });
    assert_eq!(explored.failure_text(), None);
}

/// The harness's own planted bugs: a model fails if it does not see what it announces.
mod vacuous {
    use super::{Arc, Model, Mutex, Site, saw, spawn_with};
    use memguard::sync::Outcome;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Runs a model of two threads that take one lock, and says why it failed.
    fn failure(announce: impl FnOnce(Model) -> Model) -> Option<String> {
        let model = announce(Model::new("seeded.vacuous").unrecorded());
        let run = catch_unwind(AssertUnwindSafe(|| {
            model.run(|| {
                let lock = Arc::new(Mutex::new(Site::PoolPut.class(), ()));
                let other = spawn_with(&lock, move |lock| drop(lock.lock(Site::PoolPut)));
                drop(lock.lock(Site::PoolTake));
                saw("it");
                other.join().expect("no panic");
            });
        }));
        run.err().map(|panic| *panic.downcast::<String>().expect("assertions of the harness say what is wrong"))
    }

    #[test]
    fn everything_announced_was_seen() {
        let announce = |model: Model| model.reaches(Site::PoolPut, Outcome::Contended).at_least(2).sees(["it"]);
        assert_eq!(failure(announce), None);
    }

    #[test]
    fn an_outcome_that_is_not_reached_buggy() {
        let text = failure(|model| model.reaches(Site::PoolPut, Outcome::TimedOut).sees(["it"])).expect("it passed");
        assert!(text.contains("no execution has 'timed out' at PoolPut"), "{text}");
    }

    #[test]
    fn too_few_executions_buggy() {
        let text = failure(|model| model.at_least(1_000_000).sees(["it"])).expect("it passed");
        assert!(text.contains("has become smaller"), "{text}");
    }

    #[test]
    fn a_branch_that_never_runs_buggy() {
        let text = failure(|model| model.sees(["it", "something else"])).expect("it passed");
        assert!(text.contains("no execution saw 'something else'"), "{text}");
    }

    #[test]
    fn a_branch_that_was_not_announced_buggy() {
        let text = failure(|model| model).expect("it passed");
        assert!(text.contains("saw 'it', which it did not announce"), "{text}");
    }
}
