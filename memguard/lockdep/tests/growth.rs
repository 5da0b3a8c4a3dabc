//! What the checker does for a step does not grow with what the program did before. In a process of its own, because it
//! counts every allocation.

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::thread;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{self, Barrier, PoisonError};
use std::time::Duration;

struct Counting;

/// The tests run one after the other, so that each counts its own.
static ALONE: sync::Mutex<()> = sync::Mutex::new(());

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

#[test]
fn threads_in_turn_cost_the_same_each() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
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

/// A lock of a class of its own.
fn named(name: String) -> Mutex<()> {
    Mutex::named(name.leak(), ())
}

fn nest(outer: &Mutex<()>, inner: &Mutex<()>) {
    let _outer = outer.lock();
    drop(inner.lock());
}

/// Each link looked at the whole chain behind it.
#[test]
fn a_chain_of_classes_costs_the_same_for_each_link() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let links: Vec<_> = (0..2000).map(|link| named(format!("link {link}"))).collect();
    let mut ends = links.iter().zip(&links[1..]).rev();
    let mut link = || ends.next().map(|(outer, inner)| nest(outer, inner)).unwrap();
    let (early, _) = bytes(500, &mut link);
    bytes(999, &mut link);
    let (late, _) = bytes(500, &mut link);
    // Tables that double are within this.
    assert!(late <= 3 * early, "{late} bytes for what took {early} before");
}

/// Each nest looked at all others of the class.
#[test]
fn many_locks_of_a_class_cost_the_same_for_each_nest() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let locks: Vec<_> = (0..1000).map(|_| Mutex::named("ONE OF A THOUSAND", ())).collect();
    let mut pairs = (0..).map(|number| (number * 7919 % 1000, number * 104_729 % 999 + 1));
    let mut nest_some = || {
        let (one, other) = pairs.find(|(one, other)| one < other).unwrap();
        nest(&locks[one], &locks[other]);
    };
    bytes(1100, &mut nest_some);
    let (late, _) = bytes(500, &mut nest_some);
    assert!(late < 500 * 4096, "{late} bytes for 500 nests");
}

/// A thread that asks for a lock as it ends, and does not get it.
struct AsksLast<'a>(&'a Mutex<()>);

impl Drop for AsksLast<'_> {
    fn drop(&mut self) {
        assert!(self.0.try_lock_for(Duration::ZERO).is_none());
    }
}

/// The record of such a thread was never used again.
#[test]
fn a_thread_that_asks_in_vain_as_it_ends_leaves_nothing() {
    thread_local!(static ASKS: RefCell<Option<AsksLast<'static>>> = const { RefCell::new(None) });
    static WANTED: Mutex<()> = Mutex::named("WANTED LAST", ());
    static OTHER: Mutex<()> = Mutex::named("TAKEN FIRST", ());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let _held = WANTED.lock();
    does_not_grow("a last try", || {
        let run = || {
            // Its destructor runs after that of the checker, which is registered with the first lock.
            ASKS.set(Some(AsksLast(&WANTED)));
            drop(OTHER.lock());
        };
        std::thread::spawn(run).join().unwrap();
    });
}

/// Each thread had times of its own for each place.
#[test]
fn the_times_of_a_place_are_kept_once_for_all_threads() {
    const THREADS: usize = 16;
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    memguard_lockdep::start_statistics();
    let locks: Vec<_> = (0..50).map(|number| named(format!("timed {number}"))).collect();
    // All threads live at the same time, so each has a record. One hold in 64 is timed.
    let take = |locks: &[Mutex<()>]| {
        let all_there = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for lock in locks {
                        (0..64).for_each(|_| drop(lock.lock()));
                    }
                    all_there.wait();
                });
            }
        });
    };
    take(&locks[..1]);
    let (_, kept) = bytes(1, || take(&locks[1..]));
    assert!(kept < 600_000, "{kept} bytes for the times of 49 locks and {THREADS} threads");
}
