//! crowded: buffers are made and destroyed beside very many that nobody uses.
//!
//! A section under a lock of the library takes a few steps, and more only for what it settles or dooms. So it takes no
//! longer with a full registry than with an empty one. The contract says how long. Nothing is purged before the workers
//! have ended: a purge dooms the crowd.

use super::at_rest::{ORDINARY, close_at_rest};
use super::own_session::builder;
use super::{Contract, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Actor, Environment, OpMix, Tally};
use crate::{Guarantee, Violation};
use memguard::{Buffer, Isolation};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "crowded",
    purpose: "create, read and destroy buffers beside 20 000 others; no section may take longer for that",
    min_threads: 2,
    // A walk through half of the crowd takes 50 short holds at least.
    contract: Contract { hold: 20, hold_per_worker: 0, ..Contract::FAIR },
    run,
    ..Scenario::PLAIN
};

const CROWD: usize = 20_000;

/// Of each worker. Where the crowd is made slowly, that takes all the time of the scenario.
const LEAST_OPS: u32 = 64;

#[rustfmt::skip]
const MIX: OpMix = OpMix(&[
    (6, CREATE), (4, LOOK), (2, WRITE), (1, INSPECT), (1, CLONE), (6, END), (1, SEAL), (1, OPEN),
]);

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    // Packed secrets need few pages. With one shard, the crowd is in one list.
    let session = context.require("building a session", builder(32).isolation(Isolation::Packed).shards(1).build())?;
    let tally = Tally::default();
    let crowd: memguard::Result<Vec<Buffer>> = (0..CROWD).map(|_| session.buffer(8)).collect();
    let crowd = context.require("a crowd of buffers", crowd)?;
    let crowded = RunContext { session: &session, tally: &tally, ..*context };
    for mut actor in crowded.run_workers(work)? {
        context.violations.check(actor.verify());
    }
    // All at once. To destroy each would take as many short sections as it took long ones to make it, and hide them.
    let report = session.purge();
    tally.purge(&report);
    let is_right = (report.wiped, report.handed_over, report.corrupted) == (CROWD as u64, 0, 0);
    context.violations.check(Violation::unless(is_right, Guarantee::Wiped, || {
        format!("a purge at rest reported {report:?}; there were {CROWD} buffers, none of them in use")
    }));
    drop(crowd);
    let seen = close_at_rest(session, &tally, context.violations);
    let unexpected: Vec<_> = seen.into_iter().filter(|kind| !ORDINARY.contains(kind)).collect();
    context.violations.check(Violation::unless(unexpected.is_empty(), Guarantee::Visible, || {
        format!("{unexpected:?} was counted, and no scenario provokes that")
    }));
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>) -> Actor<'s> {
    let mut actor = worker.actor(Environment::default());
    let mut left = LEAST_OPS;
    while worker.should_continue() || left > 0 {
        left = left.saturating_sub(1);
        let result = worker.draw_and_apply(&mut actor, MIX);
        worker.check(result);
    }
    actor
}
