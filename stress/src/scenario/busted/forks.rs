//! What a forked child inherits.

use crate::mutex::lock;
use crate::scenario::{RunContext, Scenario, ScenarioError};
use std::sync::Mutex;

pub(super) static HANGING_CHILD: Scenario = Scenario {
    name: "busted-fork",
    purpose: "planted: a child waits for a lock that a thread of its parent held when it forked",
    run: inherit_a_lock,
    ..Scenario::PLAIN
};

fn inherit_a_lock(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| {
        if worker.index == 0 {
            worker.op("waiting for a child", wait_for_a_child_that_hangs);
        }
    })?;
    Ok(())
}

fn wait_for_a_child_that_hangs() {
    let held = Mutex::new(());
    let _guard = lock(&held);
    // SAFETY: the child calls only what is safe after a fork, and sleeps on a lock of its own memory until its parent's
    // thread ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: a request without pointers. The child does not outlive a run that is ended because it stalls.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        drop(lock(&held));
    }
    let mut status = 0;
    // SAFETY: waits for our own child; the pointer is to a live integer.
    unsafe { libc::waitpid(child, &mut status, 0) };
}
