//! What the checker keeps and does for a thread does not grow with the threads that were made before. In a process of
//! its own, because it counts every allocation.

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::thread;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

/// All bytes ever allocated, and those allocated now.
static EVER: AtomicU64 = AtomicU64::new(0);
static NOW: AtomicU64 = AtomicU64::new(0);

// SAFETY: `System` does all but the counting.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        EVER.fetch_add(layout.size() as u64, Ordering::Relaxed);
        NOW.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The bytes that `many` calls allocate, and those that they leave allocated.
fn bytes(many: usize, mut call: impl FnMut()) -> (u64, u64) {
    let (ever, now) = (EVER.load(Ordering::Relaxed), NOW.load(Ordering::Relaxed));
    (0..many).for_each(|_| call());
    (EVER.load(Ordering::Relaxed) - ever, NOW.load(Ordering::Relaxed).saturating_sub(now))
}

/// After the first calls fill what has a bound, later calls cost as much as those before them.
fn does_not_grow(name: &str, mut call: impl FnMut()) {
    bytes(1100, &mut call);
    let (early, _) = bytes(300, &mut call);
    let (_, kept) = bytes(1000, &mut call);
    let (late, _) = bytes(300, &mut call);
    assert!(late <= early + early / 4, "{name}: {late} bytes for what took {early} before");
    assert!(kept < 1000 * 64, "{name}: {kept} bytes are left of 1000 threads");
}

// One after the other, so that each counts its own.
#[test]
fn threads_in_turn_cost_the_same_each() {
    let (outer, inner) = (Mutex::named("OUTER", ()), Mutex::named("INNER", ()));
    let nest = || {
        let _outer = outer.lock();
        drop(inner.lock());
    };
    does_not_grow("spawn and join", || thread::spawn(|| ()).join().unwrap());
    does_not_grow("a scope for each", || {
        thread::scope(|scope| {
            scope.spawn(nest);
        });
    });
    thread::scope(|scope| does_not_grow("one scope for all", || scope.spawn(nest).join().unwrap()));
    does_not_grow("each makes the next", || {
        let next = thread::spawn(|| thread::spawn(|| thread::spawn(|| ()))).join().unwrap();
        next.join().unwrap().join().unwrap();
    });
    assert!(memguard_lockdep::reports().is_empty());
}
