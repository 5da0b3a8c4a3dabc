//! Wake-ups that do not reach the thread that sleeps. The run stalls.

use crate::scenario::{RunContext, Scenario, ScenarioError};
use memguard::sync::{Class, Condvar, Mutex, MutexGuard, Poisoned, Site};
use std::collections::VecDeque;
use std::sync::Barrier;

/// A thread waits for a notification that was sent before it went to sleep.
pub(super) static LOST: Scenario = Scenario {
    name: "busted-wakeup",
    purpose: "planted: a notification comes after a thread checked the condition and before it sleeps, and is lost",
    min_threads: 2,
    run: lose_a_wakeup,
    ..Scenario::PLAIN
};

pub(super) static RARELY_LOST: Scenario = Scenario {
    name: "busted-rare-wakeup",
    purpose: "planted: of 10 000 notifications one is not sent",
    min_threads: 2,
    run: lose_one_of_many,
    ..Scenario::PLAIN
};

pub(super) static GIVEN_UP: Scenario = Scenario {
    name: "busted-given-up",
    purpose: "planted: a thread that gave up waiting stays in the queue, is handed the lock, and wakes nobody",
    min_threads: 2,
    run: hand_over_to_nobody,
    ..Scenario::PLAIN
};

fn lock<T>(mutex: &Mutex<T>, site: Site) -> MutexGuard<'_, T> {
    mutex.lock(site).unwrap_or_else(Poisoned::into_inner)
}

fn lose_a_wakeup(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (is_set, changed) = (Mutex::new(Class::Buffer, false), Condvar::new());
    let (checked, notified) = (Barrier::new(2), Barrier::new(2));
    context.run_workers(|worker| match worker.index {
        0 => worker.op("waiting for an event", || {
            let set = *lock(&is_set, Site::LeaseWait);
            // The bug: the lock is released between the check and the sleep. The notification comes in between.
            checked.wait();
            notified.wait();
            if !set {
                let mut guard = lock(&is_set, Site::LeaseWait);
                let _ = changed.wait(&mut guard);
            }
        }),
        1 => worker.op("notifying", || {
            checked.wait();
            *lock(&is_set, Site::LeaseWake) = true;
            changed.notify_all();
            notified.wait();
        }),
        _ => {}
    })?;
    Ok(())
}

/// Two workers count in turn. If the other was awake at the loss, it missed nothing, and the next loss may hit it.
fn lose_one_of_many(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    const LOST: u32 = 10_000;
    let (count, changed) = (Mutex::new(Class::Buffer, 0_u32), Condvar::new());
    context.run_workers(|worker| {
        let index = worker.index as u32;
        if index > 1 {
            return;
        }
        loop {
            worker.op("counting in turn", || {
                let mut count = lock(&count, Site::LeaseWait);
                while *count % 2 != index {
                    let _ = changed.wait(&mut count);
                }
                *count += 1;
                if *count % LOST != 0 {
                    changed.notify_all();
                }
            });
        }
    })?;
    Ok(())
}

/// A lock that goes to the first in its queue.
fn hand_over_to_nobody(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let (queue, changed) = (Mutex::new(Class::Buffer, VecDeque::new()), Condvar::new());
    let gave_up = Barrier::new(2);
    context.run_workers(|worker| match worker.index {
        0 => worker.op("giving up", || {
            // The bug: it does not leave the queue.
            lock(&queue, Site::LeaseWait).push_back(0);
            gave_up.wait();
        }),
        1 => {
            gave_up.wait();
            worker.op("waiting for the lock", || {
                let mut queue = lock(&queue, Site::LeaseWait);
                queue.push_back(1);
                while queue.front() != Some(&1) {
                    let _ = changed.wait(&mut queue);
                }
            });
        }
        _ => {}
    })?;
    Ok(())
}
