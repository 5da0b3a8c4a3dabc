//! A signal ends the process.

use crate::scenario::{RunContext, Scenario, ScenarioError};

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

pub(super) static ABORT: Scenario =
    Scenario { name: "busted-abort", purpose: "planted: a worker aborts the process", run: abort, ..Scenario::PLAIN };

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

fn abort(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    context.run_workers(|worker| worker.op("aborting", || std::process::abort()))?;
    Ok(())
}
