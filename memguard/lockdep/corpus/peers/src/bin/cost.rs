//! What this checker and its peers cost, in turn, in one process. Each figure is the shortest of many runs: what else
//! the machine does can only make one longer.
//!
//!     cargo run --release --bin cost --no-default-features    # beside the bare lock
//!     cargo run --release --bin cost                          # the locks of parking_lot have its deadlock detection
//!
//! In the second run the checked locks are those with detection too, so only that column counts, beside std's.

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 500;
const RUNS: u32 = 50_000;

/// A pair of locks of one kind: lock and unlock the first, or the second inside the first.
struct Pair {
    name: &'static str,
    one: Box<dyn Fn()>,
    nested: Box<dyn Fn()>,
}

macro_rules! pair {
    ($name:expr, $new:expr, $lock:ident) => {{
        let (one, outer, inner) = ($new, $new, $new);
        let one = move || (0..RUNS).for_each(|_| *$lock!(black_box(&one)) += 1);
        let nested = move || {
            (0..RUNS).for_each(|_| {
                let mut outer = $lock!(black_box(&outer));
                *outer += 1;
                *$lock!(black_box(&inner)) += 1;
            });
        };
        Pair { name: $name, one: Box::new(one), nested: Box::new(nested) }
    }};
}

macro_rules! plain {
    ($lock:expr) => {
        $lock.lock()
    };
}

macro_rules! poisons {
    ($lock:expr) => {
        $lock.lock().unwrap()
    };
}

fn main() {
    let detection =
        if cfg!(feature = "deadlock_detection") { "parking_lot, deadlock_detection" } else { "parking_lot" };
    let pairs = [
        pair!(detection, parking_lot::Mutex::new(0), plain),
        pair!("memguard-lockdep, parking_lot", memguard_lockdep::parking_lot::Mutex::new(0), plain),
        pair!("tracing-mutex, parking_lot", tracing_mutex::parkinglot::tracing::Mutex::new(0), plain),
        pair!("std", std::sync::Mutex::new(0), poisons),
        pair!("memguard-lockdep, std", memguard_lockdep::sync::Mutex::new(0), poisons),
        pair!("tracing-mutex, std", tracing_mutex::stdsync::tracing::Mutex::new(0), poisons),
    ];
    let mut times = vec![(f64::INFINITY, f64::INFINITY); pairs.len()];
    for _ in 0..ROUNDS {
        for (pair, (one, nested)) in pairs.iter().zip(&mut times) {
            *one = one.min(time(&pair.one));
            *nested = nested.min(time(&pair.nested));
        }
    }
    println!("{:<32} {:>12} {:>7} {:>12} {:>7}", "ns, and times the first", "lock+unlock", "", "nested pair", "");
    let (first, first_nested) = times[0];
    for (pair, (one, nested)) in pairs.iter().zip(&times) {
        println!("{:<32} {one:>12.1} {:>7.2} {nested:>12.1} {:>7.2}", pair.name, one / first, nested / first_nested);
    }
}

fn time(run: &dyn Fn()) -> f64 {
    let begun = Instant::now();
    run();
    begun.elapsed().as_nanos() as f64 / f64::from(RUNS)
}
