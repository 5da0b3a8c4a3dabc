//! A refusal of the system that nobody heeds.

use crate::scenario::fault_storm::given_back;
use crate::scenario::{RunContext, Scenario, ScenarioError};
use memguard::{Refusing, Reply, Session};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The check of `fault-storm` must find the bytes.
pub(super) static UNHEEDED: Scenario = Scenario {
    name: "busted-refusal",
    purpose: "planted: the system refuses to wipe a page in any way, and one refusal is not heeded",
    run: leave_a_page_unwiped,
    ..Scenario::PLAIN
};

/// To the library, a call that the system only pretends to make is a refusal that was ignored.
fn leave_a_page_unwiped(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let refuses = Arc::new(AtomicBool::new(false));
    let decide = Arc::clone(&refuses);
    let system = Refusing::new(move |call| match call {
        "mprotect" if decide.load(Ordering::Relaxed) => Reply::Refuse(libc::ENOMEM),
        "discard" => Reply::Pretend,
        _ => Reply::Obey,
    });
    let session = context.require("building a session", Session::builder().pool_pages(0).refusing(&system).build())?;
    let buffer = context.require("Session::buffer_random", session.buffer_random(100))?;
    context.require("freeze", buffer.freeze())?;
    refuses.store(true, Ordering::Relaxed);
    let _wiped = context.require("destroy", buffer.destroy())?;
    refuses.store(false, Ordering::Relaxed);
    context.run_workers(|worker| worker.op("nothing", || ()))?;
    context.violations.check(given_back(&system, &session.health().degraded));
    Ok(())
}
