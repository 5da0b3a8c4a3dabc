//! sessions: many sessions are built, used, purged and ended at once.
//!
//! The pages, the locks and the threads of the library are shared by a process, and the secrets are not. A purge of one
//! session, or its end, must not touch what another one holds. Some sessions are shared by all workers, each with a
//! note of its own purges: see [`Tenant`]. Others belong to one worker, which therefore knows every answer in advance,
//! no matter what the other workers do to theirs.

mod tenant;

use super::at_rest::close_at_rest;
use super::own_session::builder;
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::{Actor, EVERYTHING, Environment, Tally};
use crate::places::Places;
use crate::{Guarantee, Violation};
use std::sync::Arc;
use tenant::{POOL_PAGES, Tenant};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "sessions",
    purpose: "build, use, purge and end many sessions at once; none may touch the secrets of another",
    min_threads: 2,
    configure: |builder| builder.rekey_interval(None),
    run,
    ..Scenario::PLAIN
};

/// How many sessions the workers share.
const SHARED: usize = 6;

/// How many operations a worker does in a session of its own.
const OPS: usize = 24;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let tenants = Places::<Tenant, SHARED>::default();
    context.run_workers(|worker| {
        while worker.should_continue() {
            let at = worker.choices.below(SHARED);
            let result = match worker.choices.below(16) {
                0 => own_session(context, worker),
                1 => Tenant::new(worker).and_then(|made| end(worker, tenants.put(at, made))),
                2 => with(worker, &tenants, at, Tenant::purge),
                _ => with(worker, &tenants, at, Tenant::visit),
            };
            worker.check(result);
        }
    })?;
    (0..SHARED).filter_map(|at| tenants.take(at).and_then(Arc::into_inner)).for_each(|tenant| {
        context.violations.check(tenant.end());
    });
    Ok(())
}

/// The session at this place, if there is one, while other workers may purge or replace it.
fn with(
    worker: &mut Worker<'_>,
    tenants: &Places<Tenant, SHARED>,
    at: usize,
    call: impl FnOnce(&Tenant, &mut Worker<'_>) -> Result<(), Violation>,
) -> Result<(), Violation> {
    let Some(tenant) = tenants.get(at) else { return Ok(()) };
    let used = call(&tenant, worker);
    used.and(end(worker, Some(tenant)))
}

/// Gives a shared session back. The last worker that does so ends it.
fn end(worker: &mut Worker<'_>, tenant: Option<Arc<Tenant>>) -> Result<(), Violation> {
    match tenant.and_then(Arc::into_inner) {
        Some(last) => worker.op("ending a shared session", || last.end()),
        None => Ok(()),
    }
}

/// The session of one worker. It is alone there, so the reference model predicts even the counts.
fn own_session(context: &RunContext<'_>, worker: &mut Worker<'_>) -> Result<(), Violation> {
    let built = worker.op("building a session", || builder(POOL_PAGES).rekey_interval(None).build());
    let session = Violation::unless_ok("building a session", built)?;
    let tally = Tally::default();
    let alone = RunContext { session: &session, tally: &tally, ..*context };
    let environment = Environment { alone: true, ..Environment::default() };
    // A seed of its own, so that its contents differ from those of all other sessions.
    let seed = worker.seed() ^ worker.next_id();
    let mut actor = Actor::new(&session, &tally, environment, seed, 1);
    for _ in 0..OPS {
        let result = worker.draw_and_apply(&mut actor, EVERYTHING);
        worker.check(result);
    }
    worker.op("the purge at the end of a session", || alone.final_check(vec![actor]));
    let seen = worker.op("ending a session", || close_at_rest(session, &tally, context.violations));
    // No other thread used it, so nothing was contended.
    let unexplained: Vec<_> = seen.into_iter().filter(|kind| !ALONE.contains(kind)).collect();
    Violation::unless(unexplained.is_empty(), Guarantee::Visible, || {
        format!("a session that one thread had to itself counted {unexplained:?}")
    })
}

/// The degraded outcomes that a thread can cause by itself.
const ALONE: &[&str] = &["accesses_refused", "handed_over_wipes"];
