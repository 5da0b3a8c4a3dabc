//! Something is left when all threads have ended.

use crate::scenario::{RunContext, Scenario, ScenarioError, Unfit};

/// A page in the pool is not zero.
pub(super) static BYTE_LEFT: Scenario = Scenario {
    name: "busted-wipe",
    purpose: "planted: writes a byte of a destroyed buffer again, as if the wipe had missed it",
    configure: |builder| builder.rekey_interval(None),
    run: leave_a_byte,
    ..Scenario::PLAIN
};

pub(super) static BUFFER_LEFT: Scenario = Scenario {
    name: "busted-buffer-left",
    purpose: "planted: a buffer is never destroyed",
    run: leave_a_buffer,
    ..Scenario::PLAIN
};

pub(super) static MEMORY_LEFT: Scenario = Scenario {
    name: "busted-memory-left",
    purpose: "planted: locks a page that no session counts, and does not unlock it",
    run: leave_a_locked_page,
    ..Scenario::PLAIN
};

/// Passes once. Rounds of it must not pass.
pub(super) static GROWTH: Scenario = Scenario {
    name: "busted-growth",
    purpose: "planted: each round leaves 16 MiB",
    run: leave_memory,
    ..Scenario::PLAIN
};

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

fn leave_a_buffer(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    std::mem::forget(context.require("Session::buffer", context.session.buffer(1))?);
    context.run_workers(|worker| worker.op("nothing", || ()))?;
    Ok(())
}

fn leave_a_locked_page(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let page: &'static mut [u8] = vec![0_u8; 4096].leak();
    // SAFETY: the memory is leaked, so it stays valid. Locking changes none of its bytes.
    let locked = unsafe { rustix::mm::mlock(page.as_mut_ptr().cast(), page.len()) };
    locked.map_err(|error| Unfit(format!("no page can be locked: {error}")))?;
    context.run_workers(|worker| worker.op("nothing", || ()))?;
    Ok(())
}

fn leave_memory(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    std::mem::forget(std::hint::black_box(vec![1_u8; 16 << 20]));
    context.run_workers(|worker| worker.op("nothing", || ()))?;
    Ok(())
}
