//! Work that is right and too slow, or that only some threads get to do.

use super::repeat::repeat;
use crate::scenario::{Contract, RunContext, Scenario, ScenarioError};
use memguard::sync::{Class, Mutex, Poisoned, Site};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A lock of the library is held far longer than the library ever does.
macro_rules! held_long {
    ($scenario:ident, $name:literal, $class:ident, $site:ident) => {
        pub(super) static $scenario: Scenario = Scenario {
            name: $name,
            purpose: concat!("planted: ", stringify!($class), " is held for 500 µs"),
            run: |context| hold_long(context, Class::$class, Site::$site),
            ..Scenario::PLAIN
        };
    };
}

held_long!(COFFER_HELD, "busted-coffer-held", Coffer, CofferPurge);
held_long!(BUFFERS_HELD, "busted-buffers-held", Buffers, RegistryPurge);
held_long!(BUFFER_HELD, "busted-buffer-held", Buffer, LeaseWait);
held_long!(POOL_HELD, "busted-pool-held", Pool, PoolTake);

pub(super) static SOMETIMES_SLOW: Scenario = Scenario {
    name: "busted-sometimes-slow",
    purpose: "planted: one of 500 operations is late",
    contract: Contract { p999: 10, ..LAX },
    run: be_slow_sometimes,
    ..Scenario::PLAIN
};

pub(super) static ONCE_SLOW: Scenario = Scenario {
    name: "busted-once-slow",
    purpose: "planted: one operation is late",
    contract: Contract { max: 10, ..LAX },
    run: be_slow_once,
    ..Scenario::PLAIN
};

pub(super) static STARVED: Scenario = Scenario {
    name: "busted-starved",
    purpose: "planted: a lock prefers readers, so that a writer waits as long as there is one",
    min_threads: 3,
    contract: Contract::FAIR,
    run: starve_the_writer,
    ..Scenario::PLAIN
};

/// Nothing is judged but what one of these plants.
const LAX: Contract = Contract { p999: 1000, max: 1000, hold: 1000, wait: 1000, recovery: 1000, ..Contract::USUAL };

pub(super) static WRITER_LATE: Scenario = Scenario {
    name: "busted-writer-late",
    purpose: "planted: a writer waits long for readers, but less than an operation may take elsewhere",
    contract: Contract { kinds: &[("writing", 10)], ..LAX },
    run: write_late,
    ..Scenario::PLAIN
};

pub(super) static LONG_WAIT: Scenario = Scenario {
    name: "busted-long-wait",
    purpose: "planted: a thread that is no worker waits long for COFFER",
    contract: Contract { wait: 10, ..LAX },
    run: wait_long,
    ..Scenario::PLAIN
};

pub(super) static SLOW_TO_REST: Scenario = Scenario {
    name: "busted-slow-to-rest",
    purpose: "planted: it takes long after the last worker until the session is whole",
    contract: Contract { recovery: 10, ..LAX },
    run: rest_slowly,
    ..Scenario::PLAIN
};

/// Twice what these contracts allow, each of which allows ten turns.
fn late(context: &RunContext<'_>) -> Duration {
    context.longest_turn * 20
}

fn write_late(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        let (name, wait) = if worker.index == 0 { ("writing", late(context)) } else { ("reading", Duration::ZERO) };
        worker.op(name, || std::thread::sleep(wait));
    })?;
    Ok(())
}

fn wait_long(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let mutex = Mutex::new(Class::Coffer, ());
    std::thread::scope(|scope| {
        let held = mutex.lock(Site::CofferPurge).unwrap_or_else(Poisoned::into_inner);
        scope.spawn(|| drop(mutex.lock(Site::CofferPurge)));
        std::thread::sleep(late(context));
        drop(held);
    });
    context.run_workers(|worker| worker.op("working", || ()))?;
    Ok(())
}

fn rest_slowly(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| worker.op("working", || ()))?;
    std::thread::sleep(late(context));
    Ok(())
}

fn hold_long(context: &RunContext<'_>, class: Class, site: Site) -> Result<(), ScenarioError> {
    /// One hold in 64 is timed, and 16 of a place say something. On a busy machine a second is not enough for them.
    const ENOUGH: usize = 64 * 16;
    context.run_workers(|worker| {
        let mut holds = 0;
        while worker.should_continue() || holds < ENOUGH {
            let mutex = Mutex::new(class, ());
            worker.op("holding a lock", || {
                let _held = mutex.lock(site).unwrap_or_else(Poisoned::into_inner);
                let began = Instant::now();
                while began.elapsed() < Duration::from_micros(500) {
                    std::hint::spin_loop();
                }
            });
            holds += 1;
        }
    })?;
    Ok(())
}

fn be_slow_sometimes(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let count = AtomicU64::new(0);
    repeat(context, |worker| {
        worker.op("working", || {
            if count.fetch_add(1, Ordering::Relaxed) % 500 == 499 {
                std::thread::sleep(late(context));
            }
        });
    })
}

fn be_slow_once(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        if worker.index == 0 {
            worker.op("working", || std::thread::sleep(late(context)));
        }
    })?;
    Ok(())
}

/// The first worker wants to write. A reader leaves only while another one is inside, so that there is always one.
fn starve_the_writer(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (readers, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    context.run_workers(|worker| {
        if worker.index == 0 {
            while readers.load(Ordering::Relaxed) < 2 {
                std::thread::yield_now();
            }
            worker.op("writing", || {
                while readers.load(Ordering::Relaxed) > 0 {
                    std::thread::yield_now();
                }
            });
            return;
        }
        readers.fetch_add(1, Ordering::Relaxed);
        while worker.should_continue() {
            worker.op("reading", || {
                while readers.load(Ordering::Relaxed) == 1 && !is_over.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                readers.fetch_sub(1, Ordering::Relaxed);
                readers.fetch_add(1, Ordering::Relaxed);
            });
        }
        is_over.store(true, Ordering::Relaxed);
        readers.fetch_sub(1, Ordering::Relaxed);
    })?;
    Ok(())
}
