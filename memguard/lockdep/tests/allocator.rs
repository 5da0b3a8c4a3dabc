//! An allocator that takes two checked locks, one inside the other. A binary has one allocator, so it is alone here.

use memguard_lockdep::sync::Mutex;
use memguard_lockdep::{Report, Verdict, held, start_statistics, statistics};
use std::alloc::{GlobalAlloc, Layout, System};
use std::thread;

struct Locking;

static OUTER: Mutex<()> = Mutex::named("ALLOCATOR", ());
static INNER: Mutex<()> = Mutex::named("ARENA", ());

fn locked<R>(step: impl FnOnce() -> R) -> R {
    let _outer = OUTER.lock().unwrap();
    let _inner = INNER.lock().unwrap();
    step()
}

// SAFETY: `System` does all but the locking.
unsafe impl GlobalAlloc for Locking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        locked(|| unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        locked(|| unsafe { System.dealloc(place, layout) });
    }
}

#[global_allocator]
static LOCKING: Locking = Locking;

#[test]
fn an_allocator_can_take_two_locks() {
    start_statistics();
    for _ in 0..2 {
        let allocate = || drop((0..100).map(Box::new).collect::<Vec<_>>());
        thread::scope(|scope| [0; 4].map(|_| scope.spawn(allocate)).map(|thread| thread.join().unwrap()));
    }
    // The other order, without an allocation.
    let backwards = || {
        let _inner = INNER.lock().unwrap();
        let _outer = OUTER.lock().unwrap();
    };
    thread::scope(|scope| scope.spawn(backwards).join().unwrap());
    let reports = memguard_lockdep::reports();
    assert_eq!(reports.iter().map(|report| report.verdict).collect::<Vec<_>>(), [Verdict::Deadlock], "{reports:?}");
    let places = |report: &Report| report.steps.iter().all(|step| step.held.place.file() == file!());
    assert!(reports.iter().all(places));
    assert!(held().is_empty());
    assert!(statistics().iter().any(|usage| usage.class.name() == Some("ARENA") && usage.acquired > 800));
}
