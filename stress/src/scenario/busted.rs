//! Scenarios with a planted bug. Each shows that a detector works: the run must fail.

use super::{RunContext, Scenario, ScenarioError};
use memguard::sync::{Class, Condvar, Mutex, Poisoned, Site};
use std::sync::Barrier;

/// Locks COFFER while BUFFERS is held: the wrong order. No thread ever waits for another one here.
pub(super) static ORDER: Scenario = Scenario {
    name: "busted-order",
    purpose: "planted: takes BUFFERS and then waits for COFFER",
    run: invert_the_order,
    ..Scenario::PLAIN
};

/// A thread waits for a notification that was sent before it went to sleep.
pub(super) static WAKEUP: Scenario = Scenario {
    name: "busted-wakeup",
    purpose: "planted: a notification comes after a thread checked the condition and before it sleeps, and is lost",
    min_threads: 2,
    run: lose_a_wakeup,
    ..Scenario::PLAIN
};

/// A page in the pool is not zero.
pub(super) static WIPE: Scenario = Scenario {
    name: "busted-wipe",
    purpose: "planted: writes a byte of a destroyed buffer again, as if the wipe had missed it",
    configure: |builder| builder.rekey_interval(None),
    run: leave_a_byte,
    ..Scenario::PLAIN
};

/// Must provoke an outcome, and does not.
pub(super) static VACUOUS: Scenario = Scenario {
    name: "busted-vacuous",
    purpose: "planted: must provoke skipped rekeys, and never rekeys",
    expects: &["rekeys_skipped"],
    configure: |builder| builder.rekey_interval(None),
    run: provoke_nothing,
    ..Scenario::PLAIN
};

/// Touches the guard page behind a buffer.
pub(super) static FAULT: Scenario = Scenario {
    name: "busted-fault",
    purpose: "planted: reads the byte behind the end of a buffer",
    run: read_behind_the_end,
    ..Scenario::PLAIN
};

/// Overflows the stack of a worker.
pub(super) static OVERFLOW: Scenario = Scenario {
    name: "busted-overflow",
    purpose: "planted: a worker calls itself until its stack ends",
    run: overflow_the_stack,
    ..Scenario::PLAIN
};

fn invert_the_order(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
        while worker.should_continue() {
            worker.op("taking BUFFERS, then COFFER", || {
                let _held = buffers.lock(Site::RegistryPurge).unwrap_or_else(Poisoned::into_inner);
                let _wanted = coffer.lock(Site::CofferPurge).unwrap_or_else(Poisoned::into_inner);
            });
        }
    })?;
    Ok(())
}

fn provoke_nothing(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        let session = worker.session();
        while worker.should_continue() {
            worker.op("health", || session.health());
        }
    })?;
    Ok(())
}

/// Runs on real pages, where no fault injection can skip a wipe.
fn leave_a_byte(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let buffer = context.require("Session::buffer", context.session.buffer(1))?;
    let byte =
        context.require("with_data_mut", buffer.with_data_mut(|bytes| bytes.as_mut_ptr().expose_provenance()))?;
    let _wiped = context.require("destroy", buffer.destroy())?;
    // SAFETY: this write simulates a bug in the library, so it breaks the library's contract on purpose. The memory is
    // valid: the page is in the pool of a session that only this thread uses. The pool keeps the page mapped and
    // writable and has no reference to its bytes.
    unsafe { std::ptr::with_exposed_provenance_mut::<u8>(byte).write_volatile(0xAA) };
    context.run_workers(|worker| worker.op("nothing", || ()))?;
    Ok(())
}

fn read_behind_the_end(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let buffer = context.require("Session::buffer", context.session.buffer(4096))?;
    let end = context.require("with_data", buffer.with_data(|bytes| bytes.as_ptr_range().end.expose_provenance()))?;
    context.run_workers(|worker| {
        worker.op("reading behind a buffer", || {
            // SAFETY: it breaks the rules on purpose. The guard page ends the process before the read gives a value.
            unsafe { std::ptr::with_exposed_provenance::<u8>(end).read_volatile() }
        });
    })?;
    Ok(())
}

fn overflow_the_stack(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    fn deeper(depth: u64) -> u64 {
        let frame = std::hint::black_box([depth; 64]);
        if depth == u64::MAX { 0 } else { deeper(depth + 1).wrapping_add(frame[0]) }
    }
    context.run_workers(|worker| {
        worker.op("calling itself", || deeper(0));
    })?;
    Ok(())
}

fn lose_a_wakeup(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (is_set, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    let (checked, notified) = (Barrier::new(2), Barrier::new(2));
    context.run_workers(|worker| match worker.index {
        0 => worker.op("waiting for an event", || {
            let set = *is_set.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
            // The bug: the lock is released between the check and the sleep. The notification comes in between.
            checked.wait();
            notified.wait();
            if !set {
                let mut guard = is_set.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
                let _ = changed.wait(&mut guard);
            }
        }),
        1 => worker.op("notifying", || {
            checked.wait();
            *is_set.lock(Site::LeaseWake).unwrap_or_else(Poisoned::into_inner) = true;
            changed.notify_all();
            notified.wait();
        }),
        _ => {}
    })?;
    Ok(())
}
