//! isolations: the same work in sessions that spread their secrets over pages in different ways.
//!
//! The other scenarios have pages of the default kind. Packed secrets share pages, so threads that share no secret meet
//! at one page. Concealed pages change their protection when the first thread enters and when the last one leaves.
//! Hidden pages come from another system call. The answers must be the same: workers of one group draw the same
//! operations, each in a session of another kind, and the same reference model judges them.

use super::at_rest::{ORDINARY, close_at_rest};
use super::own_session::builder;
use super::{Contract, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::MIXED;
use crate::ops::{Actor, Choices, Environment, PurgeWatch, SharedState, Tally};
use crate::{Guarantee, Violation};
use memguard::{ControlKind, ControlPolicy, Isolation, Session, SessionBuilder};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "isolations",
    purpose: "the same work on packed, concealed and hidden pages; every answer must be as on ordinary pages",
    // Two in each session.
    min_threads: 6,
    contract: Contract::FAIR,
    run,
    ..Scenario::PLAIN
};

const KINDS: [Isolation; 3] = [Isolation::Packed, Isolation::Concealed, Isolation::Secret];

/// A session of one kind, and what its workers share.
struct Home {
    kind: Isolation,
    /// The system cannot hide pages, so this session uses ordinary ones and counts them.
    is_unhidden: bool,
    session: Session,
    tally: Tally,
    shared: SharedState,
    watch: PurgeWatch,
}

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let made = KINDS.into_iter().map(Home::new).collect();
    let homes: Vec<Home> = context.require("building a session", made)?;
    let mut actors = context.run_workers(|worker| work(worker, &homes[worker.index % KINDS.len()]))?;
    for home in &homes {
        home.shared.clear();
        let of_home = actors.extract_if(.., |(kind, _)| *kind == home.kind).map(|(_, actor)| actor).collect();
        RunContext { session: &home.session, tally: &home.tally, ..*context }.final_check(of_home);
    }
    for Home { kind, is_unhidden, session, tally, .. } in homes {
        let seen = close_at_rest(session, &tally, context.violations);
        let expected = |kind: &&str| ORDINARY.contains(kind) || is_unhidden && *kind == "unhidden_pages";
        let unexpected: Vec<_> = seen.into_iter().filter(|kind| !expected(kind)).collect();
        context.violations.check(Violation::unless(unexpected.is_empty(), Guarantee::Visible, || {
            format!("{kind:?}: {unexpected:?} was counted, and no scenario provokes that")
        }));
    }
    Ok(())
}

fn work<'h>(worker: &mut Worker<'_>, home: &'h Home) -> (Isolation, Actor<'h>) {
    // The same decisions as the other workers of the group.
    let group = worker.index / KINDS.len();
    let mut choices = Choices::new(worker.seed(), group as u64);
    let purges = Some(&home.watch);
    let environment = Environment { purges, unhidden: home.is_unhidden, ..Environment::default() };
    let actor = Actor::new(&home.session, &home.tally, environment, worker.seed(), worker.index as u64 + 1);
    let mut actor = actor.with_shared(&home.shared);
    while worker.should_continue() {
        let op = MIXED.draw(&mut choices);
        let result = worker.op(op.name(), || actor.apply(&op));
        worker.check(result.map_err(|violation| home.names(violation)));
    }
    (home.kind, actor)
}

impl Home {
    fn new(kind: Isolation) -> memguard::Result<Self> {
        let builder = || builder(32).isolation(kind);
        let hides = |builder: SessionBuilder| builder.control(ControlKind::Hide, ControlPolicy::Require).build();
        let is_unhidden = kind == Isolation::Secret && hides(builder()).is_err();
        let session = builder().control(ControlKind::Hide, ControlPolicy::Prefer).build()?;
        let (tally, shared, watch) = Default::default();
        Ok(Self { kind, is_unhidden, session, tally, shared, watch })
    }

    /// The violation with the kind of session in which it was seen.
    fn names(&self, Violation { guarantee, message }: Violation) -> Violation {
        Violation::new(guarantee, format!("{:?}: {message}", self.kind))
    }
}
