//! Locks taken in a wrong order or in a wrong way. No thread needs to hang.

use super::repeat::repeat;
use crate::Violation;
use crate::scenario::{RunContext, Scenario, ScenarioError};
use memguard::sync::{Class, Mutex, Poisoned, Site};
use std::sync::atomic::{AtomicUsize, Ordering};

/// No thread ever waits for another one here.
pub(super) static COFFER: Scenario = Scenario {
    name: "busted-order",
    purpose: "planted: takes BUFFERS and then waits for COFFER",
    run: invert_the_order,
    ..Scenario::PLAIN
};

pub(super) static SITE: Scenario = Scenario {
    name: "busted-site",
    purpose: "planted: takes POOL at a site that the table has for COFFER",
    run: take_at_a_wrong_site,
    ..Scenario::PLAIN
};

/// The two threads do it one after the other. Nothing tells the checker so.
pub(super) static OWN_LOCK: Scenario = Scenario {
    name: "busted-own-order",
    purpose: "planted: a mutex of the user and a buffer, taken in opposite orders by threads that never meet",
    min_threads: 2,
    run: oppose_an_own_lock,
    ..Scenario::PLAIN
};

pub(super) static RECURSION: Scenario = Scenario {
    name: "busted-recursion",
    purpose: "planted: a thread locks a mutex that it holds",
    run: lock_twice,
    ..Scenario::PLAIN
};

fn invert_the_order(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
    repeat(context, |worker| {
        worker.op("taking BUFFERS, then COFFER", || {
            let _held = buffers.lock(Site::RegistryPurge).unwrap_or_else(Poisoned::into_inner);
            let _wanted = coffer.lock(Site::CofferPurge).unwrap_or_else(Poisoned::into_inner);
        });
    })
}

fn take_at_a_wrong_site(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let pool = Mutex::new(Class::Pool, ());
    repeat(context, |worker| {
        worker.op("taking POOL", || drop(pool.lock(Site::CofferPurge).unwrap_or_else(Poisoned::into_inner)));
    })
}

fn oppose_an_own_lock(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (buffer, own) =
        (context.require("Session::buffer", context.session.buffer(8))?, memguard_lockdep::sync::Mutex::new(0));
    let turn = AtomicUsize::new(0);
    context.run_workers(|worker| {
        let index = worker.index;
        if index > 1 {
            return;
        }
        while turn.load(Ordering::Relaxed) != index {
            std::thread::yield_now();
        }
        let written = worker.op("writing under a mutex, or locking it while writing", || match index {
            0 => own.lock().map(|mut own| buffer.with_data_mut(|bytes| *own += bytes.len())),
            _ => Ok(buffer.with_data_mut(|bytes| own.lock().map_or((), |mut own| *own += bytes.len()))),
        });
        turn.store(index + 1, Ordering::Relaxed);
        if let Ok(written) = written {
            worker.check(Violation::unless_ok("with_data_mut", written));
        }
    })?;
    Ok(())
}

fn lock_twice(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        let own = memguard_lockdep::sync::Mutex::new(());
        worker.op("locking twice", || {
            let _held = own.lock();
            let _wanted = own.lock();
        });
    })?;
    Ok(())
}
