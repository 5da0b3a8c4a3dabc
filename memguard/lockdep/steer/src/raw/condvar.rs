//! A raw condition variable.

use super::RawMutex;
use super::monitor::{Monitor, State};
use super::mutex::in_time;
use crate::execution::point;
use lock_api::MutexGuard;
use std::time::Instant;

/// A raw condition variable for threads of `shuttle`. It wakes the thread that waits longest, and none without a
/// notification.
#[derive(Debug)]
pub struct RawCondvar(Monitor<Waiting>);

/// The threads that wait, the oldest first.
#[derive(Debug)]
struct Waiting {
    threads: Vec<u64>,
    next: u64,
}

impl State for Waiting {
    const FREE: Self = Waiting { threads: Vec::new(), next: 0 };
}

impl Waiting {
    fn enter(&mut self) -> u64 {
        self.next += 1;
        self.threads.push(self.next);
        self.next
    }

    fn is_woken(&self, thread: u64) -> bool {
        !self.threads.contains(&thread)
    }
}

impl RawCondvar {
    /// Enters the queue. No notification that comes after the release of the mutex gets lost.
    fn enter(&self) -> u64 {
        point();
        self.0.set(Waiting::enter)
    }
}

// SAFETY: `unlocked` takes the mutex again before it ends, also by a panic.
unsafe impl memguard_lockdep::raw::RawCondvar for RawCondvar {
    #[allow(clippy::declare_interior_mutable_const, reason = "the trait asks for it")]
    const INIT: Self = Self(Monitor::new());

    type Mutex = RawMutex;

    fn wait(&self, guard: &mut MutexGuard<'_, RawMutex, ()>) {
        let own = self.enter();
        MutexGuard::unlocked(guard, || self.0.wait(|waiting| waiting.is_woken(own).then_some(())));
    }

    fn wait_until(&self, guard: &mut MutexGuard<'_, RawMutex, ()>, _: Instant) -> bool {
        let own = self.enter();
        let woken = MutexGuard::unlocked(guard, || in_time(|| self.0.look(|waiting| waiting.is_woken(own))));
        self.0.set(|waiting| waiting.threads.retain(|&thread| thread != own));
        !woken
    }

    fn notify_one(&self) -> bool {
        point();
        self.0.change(|waiting| (!waiting.threads.is_empty()).then(|| waiting.threads.remove(0))).is_some()
    }

    fn notify_all(&self) -> usize {
        point();
        self.0.set(|waiting| std::mem::take(&mut waiting.threads).len())
    }
}
