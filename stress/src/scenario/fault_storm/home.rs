//! A session on a system that refuses calls, and what must be true of it when nothing is refused any more.

use super::refusals::Refusals;
use crate::ops::{Actor, Environment, PurgeWatch, SharedState, Tally};
use crate::scenario::at_rest::{ORDINARY, close_at_rest};
use crate::scenario::own_session::builder;
use crate::scenario::{RunContext, Violations, Worker};
use crate::{Guarantee, Violation};
use memguard::{ControlKind, ControlPolicy, Degraded, Freezing, Isolation, Refusing, Session, SessionBuilder};
use std::sync::Arc;

/// Few, so that pages are mapped and unmapped throughout.
const POOL_PAGES: usize = 4;

/// A session, its system, and what its workers share.
pub(super) struct Home {
    kind: &'static str,
    /// Drops before its system, which then has every mapping back.
    session: Session,
    system: Refusing,
    pub(super) refusals: Arc<Refusals>,
    tally: Tally,
    shared: SharedState,
    watch: PurgeWatch,
}

type Configure = fn(SessionBuilder) -> SessionBuilder;

/// The places of two kinds: those that make calls which others seldom make, or never.
pub(super) const HIDES: usize = 2;
pub(super) const CONCEALS: usize = 3;

/// The kinds of sessions.
pub(super) const KINDS: [(&str, Configure); 4] = [
    ("a session that goes on without controls", |builder| {
        const KINDS: [ControlKind; 4] = [ControlKind::Lock, ControlKind::Dump, ControlKind::Fork, ControlKind::Guard];
        let prefer = |builder: SessionBuilder, kind| builder.control(kind, ControlPolicy::Prefer);
        KINDS.into_iter().fold(builder.freezing(Freezing::InHardware), prefer)
    }),
    ("a session that packs", |builder| builder.isolation(Isolation::Packed)),
    ("a session that hides", |builder| {
        builder.isolation(Isolation::Secret).control(ControlKind::Hide, ControlPolicy::Prefer)
    }),
    ("a session that conceals", |builder| builder.isolation(Isolation::Concealed)),
];

/// What refusals may cause beside the ordinary outcomes.
const BY_REFUSALS: &[&str] = &[
    "dumpable_pages",
    "inheritable_pages",
    "leaked_slots",
    "rekeys_failed",
    "unconcealed",
    "unguarded_pages",
    "unhidden_pages",
    "unlocked_pages",
    "unwiped_slots",
];

impl Home {
    /// Nothing is refused yet.
    pub(super) fn new((kind, configure): (&'static str, Configure), refusals: Refusals) -> memguard::Result<Self> {
        let refusals = Arc::new(refusals);
        let system = system_of(&refusals);
        let session = configure(builder(POOL_PAGES).rekey_interval(None)).refusing(&system).build()?;
        let (tally, shared, watch) = <(Tally, _, _)>::default();
        tally.fault_planted(true);
        Ok(Self { kind, session, system, refusals, tally, shared, watch })
    }

    pub(super) fn actor(&self, worker: &Worker<'_>) -> Actor<'_> {
        let (purges, faults) = (Some(&self.watch), Some(&*self.refusals as _));
        let environment = Environment { purges, faults, unhidden: true, ..Environment::default() };
        let number = worker.index as u64 + 1;
        Actor::new(&self.session, &self.tally, environment, worker.seed(), number).with_shared(&self.shared)
    }

    /// Ends the storm. A purge must reach all that the actors still have.
    pub(super) fn calm(&self, context: &RunContext<'_>, actors: Vec<Actor<'_>>) {
        self.refusals.stop();
        self.shared.clear();
        RunContext { session: &self.session, tally: &self.tally, ..*context }.final_check(actors);
    }

    /// Closes the session. All must be wiped, told and given back.
    pub(super) fn close(self, violations: &Violations) {
        let Self { kind, session, system, refusals, tally, .. } = self;
        let degraded = session.health().degraded;
        let named = |Violation { guarantee, message }| Violation::new(guarantee, format!("{kind}: {message}"));
        let check = |result: Result<(), Violation>| violations.check(result.map_err(named));
        check(are_told(&refusals, &degraded));
        let seen = close_at_rest(session, &tally, violations);
        let is_known = |kind: &&str| ORDINARY.contains(kind) || BY_REFUSALS.contains(kind);
        let unknown: Vec<_> = seen.into_iter().filter(|kind| !is_known(kind)).collect();
        check(Violation::unless(unknown.is_empty(), Guarantee::Visible, || {
            format!("{unknown:?} was counted: no refusal does that")
        }));
        check(given_back(&system, &degraded));
    }
}

/// A system that refuses what these refusals say.
pub(super) fn system_of(refusals: &Arc<Refusals>) -> Refusing {
    let decide = Arc::clone(refusals);
    Refusing::new(move |call| decide.decide(call))
}

/// A refusal that no caller is told of is counted: advice that is refused makes pages degraded, and a refused unmap
/// leaks them.
fn are_told(refusals: &Refusals, degraded: &Degraded) -> Result<(), Violation> {
    let (leaked, unmaps) = (degraded.leaked_slots, refusals.of("munmap"));
    Violation::unless(leaked == unmaps, Guarantee::Visible, || {
        format!("{unmaps} unmaps were refused and leaked_slots is {leaked}")
    })?;
    let (advised, advice) = (degraded.dumpable_pages + degraded.inheritable_pages, refusals.of("madvise"));
    Violation::unless(advised >= advice, Guarantee::Visible, || {
        format!("madvise was refused {advice} times and only {advised} pages are counted")
    })
}

/// Unmaps what the system refused to take back. No mapping may hold a byte, unless the session counted it.
pub(crate) fn given_back(system: &Refusing, degraded: &Degraded) -> Result<(), Violation> {
    system.give_back();
    let (unwiped, counted) = (system.unwiped(), degraded.unwiped_slots);
    Violation::unless(unwiped <= counted, Guarantee::Wiped, || {
        format!("{unwiped} mappings were given back with bytes in them, and unwiped_slots is {counted}")
    })
}
