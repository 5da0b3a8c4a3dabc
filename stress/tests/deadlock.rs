//! Under shuttle some schedules find a deadlock. The panic says which thread waits for what. The same bytes find it
//! again.
//!
//! The test has a process of its own. Its planted bug breaks the lock order, and lockdep counts that for the whole
//! process.

#![cfg(shuttle)]

use memguard::sync::{Mutex, MutexGuard, Site};
use memguard_stress::ops::Choices;
use memguard_stress::thread::{self, SavedSchedule};
use std::panic::catch_unwind;
use std::sync::Arc;

const SCHEDULES: u64 = 500;

fn take(lock: &Mutex<()>, site: Site) -> MutexGuard<'_, ()> {
    lock.lock(site).expect("nothing panics here")
}

/// Two threads take COFFER and BUFFERS. If `inverted`, one of them takes BUFFERS first.
fn two_orders(inverted: bool) {
    let locks = Arc::new([Site::CofferPurge, Site::RegistryPurge].map(|site| Mutex::new(site.class(), ())));
    let ascending = |locks: &[Mutex<()>; 2]| {
        let _coffer = take(&locks[0], Site::CofferPurge);
        let _buffers = take(&locks[1], Site::RegistryPurge);
    };
    let other = thread::spawn({
        let locks = Arc::clone(&locks);
        move || ascending(&locks)
    });
    if inverted {
        let _buffers = take(&locks[1], Site::RegistryPurge);
        let _coffer = take(&locks[0], Site::CofferPurge);
    } else {
        ascending(&locks);
    }
    other.join().expect("no panic");
}

/// The message of the run under this schedule, if it fails, and its steps.
fn failure(schedule: &[u8], inverted: bool) -> (Option<String>, SavedSchedule) {
    let run = catch_unwind(|| thread::run(schedule, move || two_orders(inverted)));
    let said = run.err().map(|payload| *payload.downcast::<String>().expect("it says something"));
    (said, thread::latest_schedule())
}

fn schedules() -> impl Iterator<Item = Vec<u8>> {
    (0..SCHEDULES).map(|seed| {
        let mut choices = Choices::new(seed, 0);
        (0..12).map(|_| choices.below(256) as u8).collect()
    })
}

#[test]
fn two_orders_deadlock_under_some_schedules_and_always_under_these() {
    let failing = schedules().filter(|schedule| failure(schedule, true).0.is_some()).take(3).collect::<Vec<_>>();
    assert_eq!(failing.len(), 3, "{SCHEDULES} schedules found nothing");
    for schedule in failing {
        let (said, steps) = failure(&schedule, true);
        let said = said.expect("it failed before");
        assert!(said.starts_with("PROGRESS: deadlock"), "{said}");
        for lock in ["waits  memguard::COFFER", "waits  memguard::BUFFERS"] {
            assert!(said.contains(lock), "the panic does not say which thread waits for what:\n{said}");
        }
        for _ in 0..20 {
            let (again, the_same) = failure(&schedule, true);
            assert_eq!((again.and_then(first_line), the_same), (first_line(said.clone()), steps.clone()));
        }
    }
}

fn first_line(text: String) -> Option<String> {
    text.lines().next().map(str::to_owned)
}

#[test]
fn one_order_does_not() {
    for schedule in schedules() {
        assert_eq!(failure(&schedule, false).0, None);
    }
}
