//! Statistics count every acquisition by class and place. In a process of its own, because they count for the process.

use memguard_lockdep::parking_lot::{Mutex, RwLock};
use memguard_lockdep::{Lock, Mode, Statistics, ThreadState, Usage, Wait, start_statistics, statistics};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn usage(class: &str) -> Vec<Usage> {
    statistics().into_iter().filter(|usage| usage.class.name() == Some(class)).collect()
}

#[test]
fn acquisitions_are_counted_by_place() {
    start_statistics();
    let mutex = Mutex::named("by place", 0);
    for _ in 0..1000 {
        *mutex.lock() += 1;
    }
    let held = mutex.lock();
    assert!(mutex.try_lock().is_none());
    assert!(mutex.try_lock_for(Duration::from_millis(1)).is_none());
    drop(held);
    let all = usage("by place");
    let counts = |usage: &Usage| (usage.place.line(), usage.acquired, usage.failed, usage.timed_out);
    let mut counts: Vec<_> = all.iter().map(counts).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(18, 1000, 0, 0), (20, 1, 0, 0), (21, 0, 1, 0), (22, 0, 0, 1)]);
    // One hold in 64. Threads before this one may have counted some.
    let often = all.iter().find(|usage| usage.acquired == 1000).unwrap();
    assert!((15..=16).contains(&often.hold.timed), "{often}");
    assert!(often.hold.p50 <= often.hold.p99 && often.hold.p99 <= often.hold.max, "{often}");
    let timed_out = all.iter().find(|usage| usage.timed_out == 1).unwrap();
    assert!(timed_out.wait.max >= Duration::from_millis(1), "{timed_out}");
}

#[test]
fn an_interval_counts_what_was_done_in_it() {
    start_statistics();
    let mutex = Mutex::named("an interval", 0);
    let work = |times: u32| (0..times).for_each(|_| *mutex.lock() += 1);
    work(1000);
    let before = Statistics::now();
    work(100);
    let of_interval = |usages: Vec<Usage>| usages.into_iter().find(|usage| usage.class.name() == Some("an interval"));
    let usage = of_interval(Statistics::now().since(&before)).unwrap();
    assert_eq!((usage.acquired, usage.contended, usage.wait.timed), (100, 0, 0));
    assert!((1..=2).contains(&usage.hold.timed) && usage.hold.p50 <= usage.hold.max, "{usage}");
    let now = Statistics::now();
    assert_eq!(of_interval(now.since(&now)), None);
}

#[test]
fn a_wait_is_counted_and_timed() {
    start_statistics();
    let lock = RwLock::named("a wait", ());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let held = lock.write();
        scope.spawn(|| {
            sender.send(()).unwrap();
            drop(lock.read());
        });
        receiver.recv().unwrap();
        // Until the other thread sleeps for the lock.
        let waits = |thread: &ThreadState| thread.waits.is_some_and(|wait| wait.class.name() == Some("a wait"));
        while !memguard_lockdep::threads().iter().any(waits) {
            thread::yield_now();
        }
        drop(held);
    });
    let all = usage("a wait");
    let contended: Vec<&Usage> = all.iter().filter(|usage| usage.contended > 0).collect();
    assert_eq!(contended.len(), 1);
    assert_eq!((contended[0].acquired, contended[0].contended, contended[0].wait.timed), (1, 1, 1));
    assert!(contended[0].wait.max > Duration::ZERO);
}

/// A lock of the program's own says when it sleeps and gives up.
#[test]
fn a_lock_of_the_program_counts_like_others() {
    start_statistics();
    let lock = Lock::named("own");
    let ask = |wait| lock.ask(Mode::Exclusive, wait);
    ask(Wait::Block).taken().release();
    ask(Wait::Try).given_up();
    let asked = ask(Wait::Timed);
    drop(asked.sleep());
    asked.given_up();
    let asked = ask(Wait::Block);
    drop(asked.sleep());
    drop(asked.sleep());
    asked.taken().release();
    let sum = |count: fn(&Usage) -> u64| usage("own").iter().map(count).sum::<u64>();
    assert_eq!((sum(|usage| usage.acquired), sum(|usage| usage.contended)), (2, 1));
    assert_eq!((sum(|usage| usage.failed), sum(|usage| usage.timed_out)), (1, 1));
    assert_eq!(sum(|usage| usage.wait.timed), 2);
}
