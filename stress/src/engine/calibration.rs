//! Measures this machine before the first scenario, so that contracts need no times.
//!
//! A turn is work as scenarios do it, without the library: a thread takes a lock that all want, and then gets memory
//! from the kernel, touches it and gives it back.

use super::heartbeats::HeartbeatGuard;
use super::latencies::{self, Latencies};
use crate::mutex::lock;
use crate::scenario::Unfit;
use memguard_reports::stress::Calibration;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the threads take turns at most, and which part of the run.
const LONGEST: Duration = Duration::from_millis(500);
pub(super) const PART: u32 = 20;

/// More than an allocator keeps for itself.
const TOUCHED: usize = 256 << 10;

/// How many short holds are timed.
const HOLDS: usize = 1_000;

/// The least that counts, in nanoseconds. What is shorter is lost in the noise of any machine.
const LEAST_HOLD: u64 = 1_000;
const LEAST_MAX: u64 = 50_000_000;

/// Lets so many threads take turns, for a part of the time of the run. The watchdog looks away meanwhile: the library
/// does nothing, and a machine on which this takes long is unfit.
///
/// # Errors
/// That the system refuses the threads.
pub(super) fn measure(threads: usize, run: Duration, coordinator: &HeartbeatGuard) -> Result<Calibration, Unfit> {
    coordinator.begin("measuring the machine");
    coordinator.end();
    let (stop, shared) = (AtomicBool::new(false), Mutex::new([0_u8; 64]));
    let measured = std::thread::scope(|scope| {
        let mut workers = Vec::new();
        let refused = loop {
            if workers.len() == threads {
                break None;
            }
            match std::thread::Builder::new().spawn_scoped(scope, || take_turns(&shared, &stop)) {
                Ok(worker) => workers.push(worker),
                Err(error) => break Some(Unfit(format!("no thread to measure the machine with: {error}"))),
            }
        };
        if refused.is_none() {
            std::thread::sleep(LONGEST.min(run / PART));
        }
        stop.store(true, Ordering::Relaxed);
        let measured: Vec<Latencies> = workers.into_iter().filter_map(|worker| worker.join().ok()).collect();
        refused.map_or(Ok(measured), Err)
    })?;
    let mut all = latencies::none();
    for one in &measured {
        latencies::merge(&mut all, one);
    }
    Ok(Calibration {
        turn_max_ns: all.max().max(LEAST_MAX),
        hold_ns: median_hold().max(LEAST_HOLD),
        spread: spread(&measured.iter().map(Latencies::len).collect::<Vec<_>>()),
    })
}

/// Whether a thread that works can be told from one that has stalled.
///
/// # Errors
/// That a turn takes half as long as a stall, and what to ask for instead.
pub(super) fn check(measured: &Calibration, threads: usize, stall_after: Duration) -> Result<(), Unfit> {
    let longest = Duration::from_nanos(measured.turn_max_ns);
    if longest < stall_after / 2 {
        return Ok(());
    }
    Err(Unfit(format!(
        "with {threads} threads, one waited {longest:.1?} for its turn before any scenario ran, and a thread that \
         completes nothing for {stall_after:?} counts as stalled: ask for fewer threads (--threads) or a longer \
         --stall-after"
    )))
}

/// How many times the least the most is, rounded up. `None` if the least is 0, or there is none.
pub(super) fn spread(counts: &[u64]) -> Option<u64> {
    let (least, most) = (counts.iter().min()?, counts.iter().max()?);
    (*least > 0).then(|| most.div_ceil(*least))
}

fn take_turns(shared: &Mutex<[u8; 64]>, stop: &AtomicBool) -> Latencies {
    let mut latencies = latencies::none();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        lock(shared).fill(1);
        drop(black_box(vec![1_u8; TOUCHED]));
        latencies::record(&mut latencies, began.elapsed());
    }
    latencies
}

/// In nanoseconds.
fn median_hold() -> u64 {
    let shared = Mutex::new([0_u8; 64]);
    let mut latencies = latencies::none();
    for _ in 0..HOLDS {
        let began = Instant::now();
        black_box(lock(&shared)).fill(1);
        latencies::record(&mut latencies, began.elapsed());
    }
    latencies::as_reported(&latencies).p50
}

#[cfg(test)]
mod tests {
    use super::{Calibration, check, spread};
    use std::time::Duration;

    #[test]
    fn a_machine_that_is_too_slow_for_the_threads_is_unfit() {
        let machine = Calibration { turn_max_ns: 5_000_000_000, hold_ns: 1, spread: None };
        assert_eq!(check(&machine, 4, Duration::from_secs(11)), Ok(()));
        let text = check(&machine, 4096, Duration::from_secs(10)).unwrap_err().to_string();
        assert!(text.contains("with 4096 threads, one waited 5.0s") && text.contains("--stall-after"), "{text}");
    }

    #[test]
    fn a_thread_without_a_turn_has_no_ratio() {
        assert_eq!((spread(&[3, 7]), spread(&[0, 7]), spread(&[])), (Some(3), None, None));
    }
}
