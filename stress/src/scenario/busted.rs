//! Scenarios with a planted bug. Each shows that a detector works: the run must fail.

use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::mutex::lock;
use memguard::sync::{Class, Condvar, Mutex, Poisoned, Site};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Locks COFFER while BUFFERS is held: the wrong order. No thread ever waits for another one here.
pub(super) static ORDER: Scenario = Scenario {
    name: "busted-order",
    purpose: "planted: takes BUFFERS and then waits for COFFER",
    expects: &[],
    min_threads: 1,
    configure: |builder| builder,
    run: invert_the_order,
};

/// A thread waits for a notification that was sent before it went to sleep.
pub(super) static WAKEUP: Scenario = Scenario {
    name: "busted-wakeup",
    purpose: "planted: a notification comes after a thread checked the condition and before it sleeps, and is lost",
    expects: &[],
    min_threads: 2,
    configure: |builder| builder,
    run: lose_a_wakeup,
};

/// A page in the pool is not zero.
pub(super) static WIPE: Scenario = Scenario {
    name: "busted-wipe",
    purpose: "planted: writes a byte of a destroyed buffer again, as if the wipe had missed it",
    expects: &[],
    min_threads: 1,
    configure: |builder| builder.rekey_interval(None),
    run: leave_a_byte,
};

/// Must provoke an outcome, and does not.
pub(super) static VACUOUS: Scenario = Scenario {
    name: "busted-vacuous",
    purpose: "planted: must provoke skipped rekeys, and never rekeys",
    expects: &["rekeys_skipped"],
    min_threads: 1,
    configure: |builder| builder.rekey_interval(None),
    run: provoke_nothing,
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

/// A flag, and a way to sleep until it is set.
struct Event {
    set: Mutex<bool>,
    changed: Condvar,
}

fn lose_a_wakeup(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let event = Event { set: Mutex::new(Class::Buffer, false), changed: Condvar::new() };
    let (checked, has_checked) = channel();
    let (notified, was_notified) = channel();
    let waiter = std::sync::Mutex::new(Some((checked, was_notified)));
    let notifier = std::sync::Mutex::new(Some((notified, has_checked)));
    context.run_workers(|worker| match worker.index() {
        0 => {
            if let Some((checked, was_notified)) = lock(&waiter).take() {
                wait(worker, &event, checked, was_notified);
            }
        }
        1 => {
            if let Some((notified, has_checked)) = lock(&notifier).take() {
                notify(worker, &event, notified, has_checked);
            }
        }
        _ => {}
    })?;
    Ok(())
}

fn wait(worker: &mut Worker<'_>, event: &Event, checked: Sender<()>, was_notified: Receiver<()>) {
    worker.op("waiting for an event", || {
        let set = *event.set.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
        // The bug: the lock is released between the check and the sleep. The notification comes in between.
        let _ = checked.send(());
        let _ = was_notified.recv();
        if !set {
            let mut guard = event.set.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
            let _ = event.changed.wait(&mut guard);
        }
    });
}

fn notify(worker: &mut Worker<'_>, event: &Event, notified: Sender<()>, has_checked: Receiver<()>) {
    worker.op("notifying", || {
        let _ = has_checked.recv();
        *event.set.lock(Site::LeaseWake).unwrap_or_else(Poisoned::into_inner) = true;
        event.changed.notify_all();
        let _ = notified.send(());
    });
}
