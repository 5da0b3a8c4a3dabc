//! Under shuttle a deadlock is found by some schedules, is told with who waits for whom, and comes again with the same
//! bytes.
//!
//! In a process of its own: what is planted here breaks the lock order, which lockdep counts for the whole process.

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

/// Two threads take COFFER and BUFFERS, the second one in the order of its choice.
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

/// What the run under this schedule says when it fails, and its steps.
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
        for site in [Site::CofferPurge, Site::RegistryPurge] {
            assert!(said.contains(site.label()), "who waits for what is not told:\n{said}");
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
