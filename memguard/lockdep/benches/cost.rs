//! What the checks cost: checked locks beside bare ones, in turn, in one process.
//!
//!     cargo bench -p memguard-lockdep --features check,parking_lot
//!
//! Each row is the shortest of many short runs: what else the machine does can only make one longer. Without
//! the feature `check` every ratio is 1.

use memguard_lockdep::{parking_lot as checked, sync};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

/// Of short runs, in about a second. And of runs of threads, which are longer.
const ROUNDS: usize = 1000;
const ROUNDS_BESIDE: usize = 20;
const RUNS: u32 = 100_000;
const THREADS: usize = 8;
/// Longer, so that starting the threads does not count.
const RUNS_BESIDE: u32 = 2_000_000;

/// The shortest time of one call of each, in nanoseconds. The two alternate.
fn shortest(bare: impl FnMut(), ours: impl FnMut()) -> (f64, f64) {
    shortest_of(ROUNDS, bare, ours)
}

fn shortest_of(rounds: usize, mut bare: impl FnMut(), mut ours: impl FnMut()) -> (f64, f64) {
    let time = |call: &mut dyn FnMut()| {
        let begun = Instant::now();
        call();
        begun.elapsed().as_nanos() as f64
    };
    let times = (0..rounds).map(|_| (time(&mut bare), time(&mut ours)));
    times.fold((f64::INFINITY, f64::INFINITY), |(bare, ours), (b, o)| (bare.min(b), ours.min(o)))
}

fn many(mut call: impl FnMut()) -> impl FnMut() {
    move || (0..RUNS).for_each(|_| call())
}

/// All threads on locks of their own.
fn beside(threads: usize, call: impl Fn(usize) + Sync) -> impl FnMut() {
    move || {
        let start = Barrier::new(threads);
        thread::scope(|scope| {
            for thread in 0..threads {
                let (start, call) = (&start, &call);
                scope.spawn(move || {
                    start.wait();
                    (0..RUNS_BESIDE).for_each(|_| call(thread));
                });
            }
        });
    }
}

fn row(name: &str, operations: u32, (bare, ours): (f64, f64)) {
    let each = |time: f64| time / f64::from(operations);
    println!("{name:<42} {:>8.1} {:>8.1} {:>7.2}", each(bare), each(ours), ours / bare);
}

fn main() {
    println!("{:<42} {:>8} {:>8} {:>7}", "ns for each operation", "bare", "checked", "ratio");

    let (bare, ours) = (parking_lot::Mutex::new(0), checked::Mutex::new(0));
    let times = shortest(many(|| *black_box(&bare).lock() += 1), many(|| *black_box(&ours).lock() += 1));
    assert_eq!(*bare.lock(), *ours.lock());
    row("parking_lot: lock+unlock", RUNS, times);

    let (bare_inner, ours_inner) = (parking_lot::Mutex::new(0), checked::Mutex::new(0));
    let times = shortest(
        many(|| {
            let mut outer = black_box(&bare).lock();
            *outer += 1;
            *black_box(&bare_inner).lock() += 1;
        }),
        many(|| {
            let mut outer = black_box(&ours).lock();
            *outer += 1;
            *black_box(&ours_inner).lock() += 1;
        }),
    );
    assert_eq!(*bare_inner.lock(), *ours_inner.lock());
    row("parking_lot: nested pair", RUNS, times);

    let (bare, ours) = (parking_lot::RwLock::new(0), checked::RwLock::new(0));
    let times = shortest(many(|| drop(black_box(&bare).read())), many(|| drop(black_box(&ours).read())));
    row("parking_lot: read+unlock", RUNS, times);
    let times = shortest(many(|| *black_box(&bare).write() += 1), many(|| *black_box(&ours).write() += 1));
    assert_eq!(*bare.read(), *ours.read());
    row("parking_lot: write+unlock", RUNS, times);

    let (bare, ours) = (std::sync::Mutex::new(0), sync::Mutex::new(0));
    let times =
        shortest(many(|| *black_box(&bare).lock().unwrap() += 1), many(|| *black_box(&ours).lock().unwrap() += 1));
    row("std: lock+unlock", RUNS, times);

    let bares: Vec<_> = (0..THREADS).map(|_| Box::new((parking_lot::Mutex::new(0), [0_u8; 128]))).collect();
    let ourses: Vec<_> = (0..THREADS).map(|_| Box::new((checked::Mutex::new(0), [0_u8; 128]))).collect();
    let one = shortest_of(
        ROUNDS_BESIDE,
        beside(1, |thread| *bares[thread].0.lock() += 1),
        beside(1, |thread| *ourses[thread].0.lock() += 1),
    );
    row("parking_lot: one thread, its own lock", RUNS_BESIDE, one);
    let all = shortest_of(
        ROUNDS_BESIDE,
        beside(THREADS, |thread| *bares[thread].0.lock() += 1),
        beside(THREADS, |thread| *ourses[thread].0.lock() += 1),
    );
    row("parking_lot: 8 threads, own locks", RUNS_BESIDE * THREADS as u32, all);
    let gain = |(_, one): (f64, f64), (_, all): (f64, f64)| one * THREADS as f64 / all;
    println!("throughput of 8 threads on own locks, checked: {:.2} x one thread", gain(one, all));

    memguard_lockdep::start_statistics();
    let (bare, ours) = (parking_lot::Mutex::new(0), checked::Mutex::new(0));
    let times = shortest(many(|| *black_box(&bare).lock() += 1), many(|| *black_box(&ours).lock() += 1));
    row("parking_lot: lock+unlock, with statistics", RUNS, times);

    assert!(memguard_lockdep::reports().is_empty(), "the benches have no inversion");
}
