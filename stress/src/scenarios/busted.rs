//! Scenarios with a planted bug: each must be noticed, or the silence of the detectors means nothing.

use super::Scenario;
use crate::engine::{Setback, Stage, Worker};
use memguard::sync::{Class, Condvar, Mutex, Poisoned, Site};
use std::sync::mpsc::{Receiver, Sender, channel};

/// BUFFERS is held while COFFER is waited for: the wrong way round. No thread ever waits for another one here.
pub(super) static ORDER: Scenario = Scenario {
    name: "busted-order",
    purpose: "planted: takes BUFFERS and then waits for COFFER",
    expects: &[],
    min_threads: 1,
    configure: |builder| builder,
    play: |stage| {
        stage.crew(|worker| {
            let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
            while worker.goes_on() {
                worker.op("taking BUFFERS, then COFFER", || {
                    let _held = buffers.lock(Site::RegistryPurge).unwrap_or_else(Poisoned::into_inner);
                    let _wanted = coffer.lock(Site::CofferPurge).unwrap_or_else(Poisoned::into_inner);
                });
            }
        })?;
        Ok(())
    },
};

/// A thread sleeps for a notification that came before it slept.
pub(super) static WAKEUP: Scenario = Scenario {
    name: "busted-wakeup",
    purpose: "planted: a notification comes between a look at the condition and the sleep, and is lost",
    expects: &[],
    min_threads: 2,
    configure: |builder| builder,
    play: lose_a_wakeup,
};

/// A page in the pool is not zero.
pub(super) static WIPE: Scenario = Scenario {
    name: "busted-wipe",
    purpose: "planted: a byte of a destroyed buffer is written again, as if its wipe had missed it",
    expects: &[],
    min_threads: 1,
    configure: |builder| builder.rekey_interval(None),
    play: leave_a_byte,
};

/// Nothing is provoked.
pub(super) static VACUOUS: Scenario = Scenario {
    name: "busted-vacuous",
    purpose: "planted: exists to provoke skipped rekeys, and never rekeys",
    expects: &["rekeys_skipped"],
    min_threads: 1,
    configure: |builder| builder.rekey_interval(None),
    play: |stage| {
        stage.crew(|worker| {
            let session = worker.session();
            while worker.goes_on() {
                worker.op("health", || session.health());
            }
        })?;
        Ok(())
    },
};

/// On real pages, where a wipe cannot be skipped on request.
fn leave_a_byte(stage: &Stage<'_>) -> Result<(), Setback> {
    let buffer = stage.must("Session::buffer", stage.session().buffer(1))?;
    let byte = stage.must("with_data_mut", buffer.with_data_mut(|bytes| bytes.as_mut_ptr().expose_provenance()))?;
    let _wiped = stage.must("destroy", buffer.destroy())?;
    // SAFETY: none is claimed for what this stands for, a write to freed memory. As for this process: the page is in the pool
    // of a session that only this thread uses, which keeps it mapped and writable and holds no reference to its bytes.
    unsafe { std::ptr::with_exposed_provenance_mut::<u8>(byte).write_volatile(0xAA) };
    stage.crew(|worker| worker.op("nothing", || ()))?;
    Ok(())
}

/// A flag, and a way to sleep until it is up.
struct Event {
    up: Mutex<bool>,
    changed: Condvar,
}

fn lose_a_wakeup(stage: &Stage<'_>) -> Result<(), Setback> {
    let event = Event { up: Mutex::new(Class::Buffer, false), changed: Condvar::new() };
    let (looked, has_looked) = channel();
    let (notified, was_notified) = channel();
    let waiter = std::sync::Mutex::new(Some((looked, was_notified)));
    let notifier = std::sync::Mutex::new(Some((notified, has_looked)));
    stage.crew(|worker| match worker.index() {
        0 => {
            let ends = waiter.lock().ok().and_then(|mut ends| ends.take());
            ends.into_iter().for_each(|(looked, was_notified)| wait(worker, &event, looked, was_notified));
        }
        1 => {
            let ends = notifier.lock().ok().and_then(|mut ends| ends.take());
            ends.into_iter().for_each(|(notified, has_looked)| notify(worker, &event, notified, has_looked));
        }
        _ => {}
    })?;
    Ok(())
}

fn wait(worker: &mut Worker<'_>, event: &Event, looked: Sender<()>, was_notified: Receiver<()>) {
    worker.op("waiting for an event", || {
        let up = *event.up.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
        // The bug: the lock is let go between the look and the sleep, and the notification comes just then.
        let _ = looked.send(());
        let _ = was_notified.recv();
        if !up {
            let mut guard = event.up.lock(Site::LeaseWait).unwrap_or_else(Poisoned::into_inner);
            let _ = event.changed.wait(&mut guard);
        }
    });
}

fn notify(worker: &mut Worker<'_>, event: &Event, notified: Sender<()>, has_looked: Receiver<()>) {
    worker.op("notifying", || {
        let _ = has_looked.recv();
        *event.up.lock(Site::LeaseWake).unwrap_or_else(Poisoned::into_inner) = true;
        event.changed.notify_all();
        let _ = notified.send(());
    });
}
