//! fault-storm: the system refuses calls for pages and for randomness, at rates that the seed draws for each call.
//!
//! The pages are real: a refused `mprotect` leaves a page that faults, and a refused `munmap` leaves one that is
//! locked. Each phase has a session of another kind. The threads do the work of the operation language in it. The
//! reference model judges each answer: a refused call is a typed error, or an outcome that is counted, and no secret
//! changes. At the end of a phase nothing is refused any more: all must be wiped and given back.

mod home;
mod refusals;
mod visitor;

use super::{Phase, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::MIXED;
use crate::ops::{Actor, Choices};
use crate::{Guarantee, Violation};
use home::{CONCEALS, HIDES, Home, KINDS};
use refusals::{CALLS, Refusals};
use visitor::visit;

pub(super) use home::given_back;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "fault-storm",
    purpose: "refuse calls for pages at drawn rates; each must be a typed error or counted, and nothing may be lost",
    min_threads: 2,
    run,
    ..Scenario::PLAIN
};

/// The stream of the decisions about rates. Those of workers are far below.
const RATES: u64 = u64::MAX;

/// How many more operations a worker does in a phase, if a call that only this phase needs was not refused yet.
const MORE: usize = 2_000;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let mut choices = Choices::new(context.seed, RATES);
    let mut homes = Vec::new();
    for (number, kind) in (0..).zip(KINDS) {
        // Some calls come seldom, or only in one phase. So under every seed that phase refuses all of them often.
        let refusals =
            if needs_of(number).is_empty() { Refusals::new(&mut choices) } else { Refusals::of_all(&mut choices) };
        homes.push(context.require("building a session", Home::new(kind, refusals))?);
    }
    let at_rest = |done: Vec<(usize, Actor<'_>)>| {
        // All of one phase.
        let Some(&(at, _)) = done.first() else { return };
        homes[at].calm(context, done.into_iter().map(|(_, actor)| actor).collect());
    };
    context.run_phases(KINDS.len() as u32, |phase, worker| work(worker, phase, &homes), at_rest)?;
    for (call, _) in CALLS {
        let refused: u64 = homes.iter().map(|home| home.refusals.of(call)).sum();
        context.violations.check(Violation::unless(refused > 0, Guarantee::Visible, || {
            format!("no call of {call} was refused, and the scenario exists to refuse them")
        }));
    }
    homes.into_iter().for_each(|home| home.close(context.violations));
    Ok(())
}

fn work<'h>(worker: &mut Worker<'_>, phase: Phase, homes: &'h [Home]) -> (usize, Actor<'h>) {
    let at = phase.number as usize;
    let home = &homes[at];
    home.refusals.start();
    let mut actor = home.actor(worker);
    let is_missing = || needs_of(at).iter().any(|call| home.refusals.of(call) == 0);
    let mut more = MORE;
    while worker.should_continue() || more > 0 && is_missing() {
        more = more.saturating_sub(usize::from(!worker.should_continue()));
        let result = if worker.choices.one_in(64) { visit(worker) } else { worker.draw_and_apply(&mut actor, MIXED) };
        worker.check(result);
    }
    (at, actor)
}

/// The calls that must be refused in this phase, because no other phase makes them for sure. A wipe discards only if
/// several other calls were refused.
fn needs_of(phase: usize) -> &'static [&'static str] {
    match phase {
        HIDES => &["memfd_secret"],
        CONCEALS => &["mmap", "mprotect", "mlock", "madvise", "discard", "munmap", "getrandom"],
        _ => &[],
    }
}
