//! ORDER: the checker finds planted bugs. The tests have a binary of their own, because violations are counted per
//! process.

mod condvar;
mod inversions;

use crate::support::{alone, this_thread, within_patience};
use memguard::sync::lockdep::{self, Misuse, Rule, Violation};
use memguard::sync::{Class, Mutex, Outcome, Site, TryLockError};
use memguard::{Error, Session};
use memguard_lockdep::{Report, ThreadState, Verdict, WaitGraph};
use std::time::Duration;

/// The misuse of a site by this rule.
fn misuse(rule: Rule, wanted: Site) -> Option<Misuse> {
    lockdep::violations().into_iter().find_map(|violation| match violation {
        Violation::Site(misuse) => (misuse.rule == rule && misuse.wanted.site == wanted).then_some(misuse),
        _ => None,
    })
}

/// The report that a lock of one class was wanted under a lock of the other, against the ranks or by a thread that had
/// it.
fn order(verdict: Verdict, held: &str, wanted: &str) -> Option<Report> {
    let about = |report: &Report| {
        let [step] = &report.steps[..] else { return false };
        (step.held.class.name(), step.wanted.class.name()) == (Some(held), Some(wanted))
    };
    lockdep::violations().into_iter().find_map(|violation| match violation {
        Violation::Order(report) => (report.verdict == verdict && about(&report)).then_some(report),
        _ => None,
    })
}

fn lock(class: Class) -> Mutex<()> {
    Mutex::new(class, ())
}

/// One thread, no contention, no hang. The inversion is found with both places.
#[test]
fn an_inversion_is_found_without_a_hang() {
    let (coffer, buffers) = (lock(Class::Coffer), lock(Class::Buffers));
    let held = buffers.lock(Site::RegistryPurge).unwrap();
    drop(coffer.lock(Site::CofferPurge).unwrap());
    drop(held);
    let report = order(Verdict::Order, "memguard::BUFFERS", "memguard::COFFER").expect("the inversion is found");
    let step = &report.steps[0];
    assert!([step.held, step.wanted].iter().all(|lock| lock.place.file().ends_with(file!())), "{report}");
    let text = report.to_string();
    for word in ["BUFFERS", "COFFER", "declared order", file!()] {
        assert!(text.contains(word), "{word} is missing in: {text}");
    }
}

/// The check is by class. The pair of locks that is seen need not be the pair that could deadlock.
#[test]
fn two_locks_of_one_class_are_an_inversion() {
    let (one, two) = (lock(Class::Pool), lock(Class::Pool));
    let held = one.lock(Site::PoolTake).unwrap();
    drop(two.lock(Site::PoolAudit).unwrap());
    drop(held);
    let misuse = misuse(Rule::Sequence, Site::PoolAudit).expect("the second lock is found");
    assert_eq!(misuse.held.map(|held| held.site), Some(Site::PoolTake));
}

/// The ranks allow it, and nothing does it.
#[test]
fn waiting_under_a_leaf_is_found() {
    let (buffers, buffer) = (lock(Class::Buffers), lock(Class::Buffer));
    let held = buffers.lock(Site::RegistryNext).unwrap();
    drop(buffer.lock(Site::StateConceal).unwrap());
    drop(held);
    let misuse = misuse(Rule::Leaf, Site::StateConceal).expect("the wait is found");
    assert_eq!(misuse.held.map(|held| held.site), Some(Site::RegistryNext));
}

#[test]
fn waiting_for_the_lock_that_is_held_is_found() {
    let lock = lock(Class::Pool);
    let held = lock.lock(Site::PoolPut).unwrap();
    // The wait is timed, so that this test ends. The check comes before the wait.
    assert!(matches!(lock.lock_timed(Site::PoolTrim, Duration::ZERO), Err(TryLockError::WouldBlock)));
    drop(held);
    assert!(order(Verdict::SelfDeadlock, "memguard::POOL", "memguard::POOL").is_some());
}

#[test]
fn a_site_of_another_class_is_found() {
    drop(lock(Class::Coffer).lock(Site::PoolTake).unwrap());
    assert!(misuse(Rule::WrongSite, Site::PoolTake).is_some());
}

/// A site that tries according to the table must not wait. Otherwise the table would be wrong about contention.
#[test]
fn waiting_at_a_site_that_tries_is_found() {
    drop(lock(Class::Buffers).lock(Site::RegistryAdd).unwrap());
    drop(lock(Class::Coffer).try_lock(Site::CofferPurge).unwrap());
    for site in [Site::RegistryAdd, Site::CofferPurge] {
        assert!(misuse(Rule::WrongKind, site).is_some(), "{site}");
    }
}

/// The outcome of an acquisition must be in the site's row. Otherwise the row is incomplete.
#[test]
fn an_outcome_that_the_table_does_not_list_is_found() {
    let pool = lock(Class::Pool);
    let panicked = std::thread::scope(|scope| {
        let panics = || {
            let _held = pool.lock(Site::PoolTrim);
            std::panic::resume_unwind(Box::new("planted"));
        };
        scope.spawn(panics).join()
    });
    assert!(panicked.is_err());
    assert!(pool.lock(Site::PoolTake).is_err(), "the lock is poisoned");
    assert!(misuse(Rule::WrongOutcome(Outcome::Poisoned), Site::PoolTake).is_some());
}

/// A try into a lower rank is no violation, because it cannot wait. A lock that was taken by a try makes edges out of
/// it.
#[test]
fn a_try_makes_no_edge_in_but_edges_out() {
    let (stream, pool) = (lock(Class::Stream), lock(Class::Pool));
    let order = || order(Verdict::Order, "memguard::POOL", "memguard::STREAM");
    let held = pool.lock(Site::PoolTake).unwrap();
    drop(stream.try_lock(Site::StreamLen).unwrap());
    drop(held);
    assert_eq!(order(), None);

    let tried = pool.try_lock(Site::PoolTick).unwrap();
    drop(stream.lock_timed(Site::StreamLen, Duration::ZERO).unwrap());
    drop(tried);
    assert!(order().is_some());
}

/// A thread waits for several accesses only in ascending order and at the sites for that. The planted bugs are the
/// wrong order and an outer access of the ordinary kind. Each acquisition is checked, because the instances decide, not
/// the sites.
#[test]
fn several_accesses_out_of_order_are_found() {
    let [low, middle, high] = [(); 3].map(|()| lock(Class::Access));
    let found = |held, wanted| misuse(Rule::Sequence, wanted).filter(|misuse| misuse.held.unwrap().site == held);
    let sequence = |held, wanted| found(held, wanted).map_or(0, |misuse| misuse.count);
    let ascending = (low.lock(Site::BuffersRead).unwrap(), high.lock(Site::BuffersWrite).unwrap());
    drop(ascending);
    assert_eq!(sequence(Site::BuffersRead, Site::BuffersWrite), 0);

    for expected in 1..=2 {
        let descending = (high.lock(Site::BuffersRead).unwrap(), middle.lock(Site::BuffersWrite).unwrap());
        drop(descending);
        assert_eq!(sequence(Site::BuffersRead, Site::BuffersWrite), expected);
    }
    let again = (low.lock(Site::BuffersRead).unwrap(), middle.lock(Site::BuffersWrite).unwrap());
    drop(again);
    assert_eq!(sequence(Site::BuffersRead, Site::BuffersWrite), 2, "a right order is not reported");

    let outer = low.lock(Site::BufferRead).unwrap();
    drop(high.lock(Site::BuffersRead).unwrap());
    drop(outer);
    assert_eq!(sequence(Site::BufferRead, Site::BuffersRead), 1);
    let text = found(Site::BufferRead, Site::BuffersRead).unwrap().to_string();
    assert!(text.contains("in the order of their numbers"), "{text}");

    // An ordinary access does not wait inside another access, not even inside an ordered one.
    let outer = low.lock(Site::BuffersRead).unwrap();
    drop(high.lock(Site::BufferRead).unwrap());
    drop(outer);
    assert_eq!(sequence(Site::BuffersRead, Site::BufferRead), 1);
}

/// Each misuse counts. An order is reported once, and again after it was forgotten.
#[test]
fn what_was_forgotten_is_found_again() {
    if !alone("lockdep::what_was_forgotten_is_found_again") {
        return;
    }
    let (buffer, coffer) = (lock(Class::Buffer), lock(Class::Coffer));
    let backwards = || {
        let held = buffer.lock(Site::LeaseWake).unwrap();
        drop(coffer.lock(Site::CofferPurge).unwrap());
        drop(held);
    };
    let order = || order(Verdict::Order, "memguard::BUFFER", "memguard::COFFER");
    for _ in 0..3 {
        backwards();
        backwards();
        assert!(order().is_some());
        lockdep::forget();
        assert_eq!(order(), None);
    }
}

/// The graph of a live wait names the places of both threads.
#[test]
fn the_wait_graph_shows_who_waits_for_whom() {
    within_patience("wait graph", || {
        let lock = lock(Class::Coffer);
        std::thread::scope(|scope| {
            let held = lock.lock(Site::CofferPurge).unwrap();
            let waiter = std::thread::Builder::new().name("waiter".into());
            waiter.spawn_scoped(scope, || drop(lock.lock_timed(Site::CofferView, Duration::from_secs(600)))).unwrap();
            let shown = loop {
                let graph = WaitGraph::now();
                let waits = |thread: &&ThreadState| thread.thread.starts_with("waiter") && thread.waits.is_some();
                if let Some(wait) = graph.threads.iter().find(waits).and_then(|waiter| waiter.waits) {
                    assert_eq!(graph.holders(wait.instance).count(), 1);
                    break graph.to_string();
                }
                std::thread::yield_now();
            };
            drop(held);
            for word in ["waiter", "waits  memguard::COFFER", "held by thread", file!()] {
                assert!(shown.contains(word), "{word} is missing in:\n{shown}");
            }
        });
    });
}

/// PROGRESS: an access that waits for another thread's ends at the timeout, with lock, site and holder.
#[test]
fn a_timeout_names_lock_site_and_holder() {
    within_patience("timeout", || {
        let session = Session::builder().acquire_timeout(Duration::from_millis(20)).build().unwrap();
        let buffer = session.buffer(8).unwrap();
        let _inside = buffer.read().unwrap();
        let error = std::thread::scope(|scope| scope.spawn(|| buffer.write().map(drop)).join().unwrap()).unwrap_err();
        let Error::Timeout { lock, site, holder: Some(holder), timeout } = error else {
            panic!("unexpected: {error:?}");
        };
        assert!(lock == Class::Access && site == Site::BufferWrite, "unexpected: {error:?}");
        assert!(holder.thread == this_thread() && holder.site == Site::BufferRead, "unexpected: {error:?}");
        assert_eq!(timeout, Duration::from_millis(20));
        let text = error.to_string();
        for word in ["ACCESS", "BufferWrite", "BufferRead", &this_thread().to_string(), "acquire_timeout"] {
            assert!(text.contains(word), "{word} is missing in: {text}");
        }
        assert_eq!(session.health().degraded.acquire_timeouts, 1);
        // Nothing stays behind. The reader is still inside, and others can still enter.
        assert!(std::thread::scope(|scope| scope.spawn(|| buffer.read().is_ok()).join().unwrap()));
    });
}

/// New readers do not starve a waiting writer. Readers that wait for the writer go on when it gives up.
#[test]
fn readers_queue_behind_a_waiting_writer() {
    within_patience("writer", || {
        let session = Session::builder().acquire_timeout(Duration::from_secs(600)).build().unwrap();
        let buffer = session.buffer(8).unwrap();
        std::thread::scope(|scope| {
            let inside = buffer.read().unwrap();
            let writer = scope.spawn(|| buffer.write().map(|mut bytes| bytes.fill(1)));
            let behind = loop {
                match std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap()) {
                    Ok(()) => std::thread::yield_now(),
                    Err(error) => break error,
                }
            };
            assert!(matches!(behind, Error::WouldBlock { site, .. } if site == Site::BufferTryRead));
            // The thread that is inside already can enter again, because the writer waits for that very thread.
            assert!(buffer.read().is_ok());
            drop(inside);
            writer.join().unwrap().unwrap();
        });
        assert!(buffer.equals(&[1; 8]).unwrap());
    });
}

/// Outcomes are counted per site.
#[test]
fn outcomes_are_counted() {
    let count = |outcome| {
        let seen = lockdep::outcomes();
        let is_it = |(site, seen, _): &&(_, Outcome, u64)| *site == Site::BufferTryWrite && *seen == outcome;
        seen.iter().find(is_it).map_or(0, |(_, _, count)| *count)
    };
    let session = Session::new().unwrap();
    let buffer = session.buffer(8).unwrap();
    let _inside = buffer.try_write().unwrap();
    let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_write().map(drop)).join().unwrap());
    assert!(matches!(refused, Err(Error::WouldBlock { .. })));
    assert_eq!((count(Outcome::Acquired), count(Outcome::WouldBlock)), (1, 1));
}

#[test]
fn the_order_is_as_decided() {
    let order: Vec<_> = Class::ALL.iter().map(|class| (class.label(), class.rank())).collect();
    let expected =
        [("ACCESS", 0), ("STREAM", 1), ("REKEY-THREAD", 1), ("COFFER", 2), ("BUFFERS", 3), ("POOL", 4), ("BUFFER", 5)];
    assert_eq!(order, expected, "the order is a decision: LOCK_ORDERING.md gives its reasons");
}
