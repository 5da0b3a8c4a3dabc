//! ORDER: the checker finds planted bugs. The tests have a binary of their own, because violations are counted per
//! process.

mod condvar;
mod inversions;

use crate::support::{this_thread, within_patience};
use memguard::sync::lockdep::{self, Rule, Violation};
use memguard::sync::{Class, Kind, Mutex, Outcome, Site, TryLockError};
use memguard::{Error, Session};
use std::time::Duration;

fn found(rule: Rule, held: Site, wanted: Site) -> Option<Violation> {
    lockdep::violations().into_iter().find(|violation| {
        violation.rule == rule
            && violation.wanted.site == wanted
            && violation.held.is_some_and(|lock| lock.site == held)
    })
}

fn lock(class: Class) -> Mutex<()> {
    Mutex::new(class, ())
}

/// One thread, no contention, no hang. The inversion is found with both sites.
#[test]
fn an_inversion_is_found_without_a_hang() {
    let (coffer, buffers) = (lock(Class::Coffer), lock(Class::Buffers));
    let held = buffers.lock(Site::RegistryPurge).unwrap();
    drop(coffer.lock(Site::CofferPurge).unwrap());
    drop(held);
    let violation = found(Rule::Rank, Site::RegistryPurge, Site::CofferPurge).expect("the inversion is found");
    let text = violation.to_string();
    for word in ["BUFFERS", "RegistryPurge", "COFFER", "CofferPurge", "rank 2", "rank 3"] {
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
    assert!(found(Rule::Rank, Site::PoolTake, Site::PoolAudit).is_some());
}

#[test]
fn waiting_for_the_lock_that_is_held_is_found() {
    let lock = lock(Class::Pool);
    let held = lock.lock(Site::PoolPut).unwrap();
    // The wait is timed, so that this test ends. The check comes before the wait.
    assert!(matches!(lock.lock_timed(Site::PoolTrim, Duration::ZERO), Err(TryLockError::WouldBlock)));
    drop(held);
    assert!(found(Rule::SelfDeadlock, Site::PoolPut, Site::PoolTrim).is_some());
}

#[test]
fn holding_what_the_site_does_not_allow_is_found_even_for_a_try() {
    let (coffer, buffers) = (lock(Class::Coffer), lock(Class::Buffers));
    let held = coffer.lock(Site::CofferPurge).unwrap();
    drop(buffers.try_lock(Site::RegistryAdd).unwrap());
    drop(held);
    assert!(found(Rule::HeldSet, Site::CofferPurge, Site::RegistryAdd).is_some());
}

#[test]
fn a_site_of_another_class_is_found() {
    drop(lock(Class::Coffer).lock(Site::PoolTake).unwrap());
    let wrong = |violation: &Violation| violation.rule == Rule::WrongSite && violation.wanted.site == Site::PoolTake;
    assert!(lockdep::violations().iter().any(wrong));
}

/// A site that tries according to the table must not wait. Otherwise the table would be wrong about contention.
#[test]
fn waiting_at_a_site_that_tries_is_found() {
    drop(lock(Class::Buffers).lock(Site::RegistryAdd).unwrap());
    drop(lock(Class::Coffer).try_lock(Site::CofferPurge).unwrap());
    for site in [Site::RegistryAdd, Site::CofferPurge] {
        let wrong = |violation: &Violation| violation.rule == Rule::WrongKind && violation.wanted.site == site;
        assert!(lockdep::violations().iter().any(wrong), "{site}");
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
    let rule = Rule::WrongOutcome(Outcome::Poisoned);
    let wrong = |violation: &Violation| violation.rule == rule && violation.wanted.site == Site::PoolTake;
    assert!(lockdep::violations().iter().any(wrong));
}

/// A try into a lower rank is no violation, because it cannot wait. A lock that was taken by a try makes edges out of
/// it.
#[test]
fn a_try_makes_no_edge_in_but_edges_out() {
    let (coffer, buffers) = (lock(Class::Coffer), lock(Class::Buffers));
    let held = buffers.lock(Site::RegistryHealth).unwrap();
    let tried = coffer.try_lock(Site::CofferRekey).unwrap();
    drop((held, tried));
    assert!(found(Rule::Rank, Site::RegistryHealth, Site::CofferRekey).is_none());

    let tried = buffers.try_lock(Site::RegistryRemove).unwrap();
    drop(coffer.lock_timed(Site::CofferView, Duration::ZERO).unwrap());
    drop(tried);
    assert!(found(Rule::Rank, Site::RegistryRemove, Site::CofferView).is_some());
}

/// A thread waits for several accesses only in ascending order and at the sites for that. The planted bugs are the
/// wrong order and an outer access of the ordinary kind. Each acquisition is checked, because the instances decide, not
/// the sites.
#[test]
fn several_accesses_out_of_order_are_found() {
    let [low, middle, high] = [(); 3].map(|()| lock(Class::Access));
    let sequence = |held, wanted| found(Rule::Sequence, held, wanted).map_or(0, |violation| violation.count);
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
    let text = found(Rule::Sequence, Site::BufferRead, Site::BuffersRead).unwrap().to_string();
    assert!(text.contains("in the order of their numbers"), "{text}");

    // An ordinary access does not wait inside another access, not even inside an ordered one.
    let outer = low.lock(Site::BuffersRead).unwrap();
    drop(high.lock(Site::BufferRead).unwrap());
    drop(outer);
    assert!(found(Rule::Rank, Site::BuffersRead, Site::BufferRead).is_some());
}

/// A violating chain is never cached, so each occurrence counts.
#[test]
fn every_occurrence_counts() {
    let (pool, coffer) = (lock(Class::Pool), lock(Class::Coffer));
    for _ in 0..3 {
        let held = pool.lock(Site::PoolAudit).unwrap();
        drop(coffer.lock(Site::CofferPurge).unwrap());
        drop(held);
    }
    assert_eq!(found(Rule::Rank, Site::PoolAudit, Site::CofferPurge).map(|violation| violation.count), Some(3));
}

/// The graph of a live wait names both threads' sites.
#[test]
fn the_wait_graph_shows_who_waits_for_whom() {
    within_patience("wait graph", || {
        let lock = lock(Class::Coffer);
        std::thread::scope(|scope| {
            let held = lock.lock(Site::CofferPurge).unwrap();
            let waiter = std::thread::Builder::new().name("waiter".into());
            waiter.spawn_scoped(scope, || drop(lock.lock_timed(Site::CofferView, Duration::from_secs(600)))).unwrap();
            let shown = loop {
                let graph = lockdep::snapshot();
                let waits = |thread: &&lockdep::ThreadSnapshot| {
                    thread.thread.starts_with("waiter") && thread.waits.iter().any(|wait| wait.site == Site::CofferView)
                };
                if let Some(waiter) = graph.threads.iter().find(waits) {
                    let holders = graph.holders(waiter.waits[0].instance).count();
                    assert_eq!(holders, 1);
                    break graph.to_string();
                }
                std::thread::yield_now();
            };
            drop(held);
            for word in ["waiter", "waits for COFFER", "at CofferView", "taken at CofferPurge"] {
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

/// The table of sites agrees with the ranks. A lock that may be held where a site waits ranks below the site's lock.
/// Swapping two ranks breaks this.
#[test]
fn the_site_table_obeys_the_ranks() {
    for &site in Site::ALL {
        for held in site.may_hold() {
            let waits_when_nested = matches!(site.kind(), Kind::Block | Kind::Timed);
            assert!(!waits_when_nested || held.rank() < site.class().rank(), "{site} may hold {held}");
        }
    }
    let order: Vec<_> = Class::ALL.iter().map(|class| (class.label(), class.rank())).collect();
    let expected =
        [("ACCESS", 0), ("STREAM", 1), ("REKEY-THREAD", 1), ("COFFER", 2), ("BUFFERS", 3), ("POOL", 4), ("BUFFER", 5)];
    assert_eq!(order, expected, "the order is a decision: LOCK_ORDERING.md gives its reasons");
}
