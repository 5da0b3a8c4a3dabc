//! Runs scenarios one after the other, each on a session of its own, and judges what each one leaves behind.

mod board;
mod findings;
mod fitness;
mod latency;
mod ledger;
mod quiescence;
mod roll_call;
mod stage;
mod watchdog;
mod worker;

pub use board::{Board, Heartbeat};
pub use findings::Findings;
pub use stage::{Round, Stage};
pub use watchdog::{Silent, Stall};
pub use worker::Worker;

use crate::scenarios::Scenario;
use crate::{Guarantee, Violation, planted};
use board::Beating;
use ledger::Ledger;
use memguard::Session;
use memguard::sync::lockdep;
use memguard_reports::stress as report;
use std::sync::Arc;
use std::time::{Duration, Instant};
use watchdog::Watchdog;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In this order.
    pub scenarios: Vec<&'static Scenario>,
    /// For all scenarios together; each gets an equal share.
    pub duration: Duration,
    /// For each scenario, unless it needs more or the machine can lock memory only for fewer.
    pub threads: usize,
    /// Fixes what each thread does.
    pub seed: u64,
    /// A thread that completes no operation for this long has stalled.
    pub stall_after: Duration,
}

/// Somebody who is told how a run goes.
pub trait Spectator: Sync {
    /// A scenario begins and is planned to take this long.
    fn began(&self, scenario: &Scenario, planned: Duration);
    /// Its threads have run for this long and completed this many operations.
    fn tick(&self, elapsed: Duration, ops: u64);
    /// It is over.
    fn ended(&self, scenario: &report::Scenario);
}

/// The machine cannot run the scenarios as they are meant. Says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub String);

impl Unfit {
    /// Says as well what had been found before, which no report will show.
    fn after(self, findings: &Findings) -> Self {
        let found = findings.list();
        found.iter().fold(self, |Self(why), broken| Self(format!("{why}\n{}: {}", broken.guarantee, broken.message)))
    }
}

/// Why a scenario could not be played to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Setback {
    /// The machine cannot do it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The library answered the calls that set the scene with something that nothing accounts for.
    #[error("{0}")]
    Broken(Violation),
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    /// The scenarios that ran, as reports show them.
    pub scenarios: Vec<report::Scenario>,
    /// Why the run ended before its time, if it did.
    pub unfit: Option<Unfit>,
}

/// Runs the plan.
///
/// When threads stall, `on_stall` is called from another thread, with the report of what was run so far. The threads cannot
/// be ended, so neither can the run: `on_stall` should end the process.
pub fn run(
    plan: &Plan,
    spectator: &dyn Spectator,
    on_stall: impl FnOnce(&Stall, Vec<report::Scenario>) + Send + 'static,
) -> Run {
    planted::silence();
    let (board, ledger) = (Arc::new(Board::default()), Arc::new(Ledger::default()));
    let (seen, filed) = (Arc::clone(&board), Arc::clone(&ledger));
    let watchdog = Watchdog::start(Arc::clone(&board), plan.stall_after, move |stall| {
        on_stall(stall, filed.with_stalled(stall, seen.ops()));
    });
    let unfit = match watchdog {
        Ok(_watching) => perform(plan, spectator, &board, &ledger).err(),
        Err(error) => Some(Unfit(format!("no thread for the watchdog: {error}"))),
    };
    Run { scenarios: ledger.finished(), unfit }
}

/// What the scenarios of a run have in common.
struct Company<'a> {
    plan: &'a Plan,
    /// For which there is lockable memory.
    threads: usize,
    /// The time of one scenario.
    share: Duration,
    board: &'a Board,
    coordinator: Beating,
    spectator: &'a dyn Spectator,
}

fn perform(plan: &Plan, spectator: &dyn Spectator, board: &Board, ledger: &Ledger) -> Result<(), Unfit> {
    let coordinator = board.enlist("coordinator");
    coordinator.begin("looking at the machine");
    let threads = fitness::threads_that_fit(plan.threads)?;
    let share = plan.duration / u32::try_from(plan.scenarios.len()).unwrap_or(u32::MAX).max(1);
    let company = Company { plan, threads, share, board, coordinator, spectator };
    for scenario in &plan.scenarios {
        spectator.began(scenario, share);
        let finished = company.perform(scenario, ledger)?;
        spectator.ended(&finished);
        ledger.finish(finished);
    }
    Ok(())
}

impl Company<'_> {
    fn perform(&self, scenario: &'static Scenario, ledger: &Ledger) -> Result<report::Scenario, Unfit> {
        self.coordinator.begin("building a session");
        let threads = self.threads.max(scenario.min_threads);
        let findings = ledger.begin(scenario, threads);
        let order_before = lockdep::violations();
        let memory_before = quiescence::measure()?;
        let builder = (scenario.configure)(Session::builder());
        let session = builder.build().map_err(|error| Unfit(format!("no session for {}: {error}", scenario.name)))?;
        let own_slots = session.health().footprint.slots;

        let stage = Stage::new(scenario, &session, threads, self, &findings);
        let began = Instant::now();
        match (scenario.play)(&stage) {
            Ok(()) => {}
            Err(Setback::Unfit(unfit)) => return Err(unfit.after(&findings)),
            Err(Setback::Broken(violation)) => findings.add(violation),
        }
        let duration_s = began.elapsed().as_secs_f64();
        let (ops, latency_ns, tally) = (self.board.drain_ops(), stage.latency(), stage.into_tally());

        self.coordinator.begin("looking at what is left");
        let rest = quiescence::look(&session, memory_before, own_slots)?;
        rest.findings.into_iter().for_each(|violation| findings.add(violation));
        for what in tally.disagreements(&rest.degraded) {
            findings.add(Violation::new(Guarantee::Visible, what));
        }
        self.coordinator.begin("closing the session");
        quiescence::close(session, memory_before)?.into_iter().for_each(|violation| findings.add(violation));
        for broken in lockdep::violations().into_iter().filter(|violation| !order_before.contains(violation)) {
            findings.add(Violation::new(Guarantee::Order, broken.to_string()));
        }
        self.coordinator.end();

        Ok(report::Scenario {
            name: scenario.name.to_owned(),
            purpose: scenario.purpose.to_owned(),
            ops,
            threads,
            duration_s,
            degraded: rest.degraded.iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            expected_degraded: scenario.expects.iter().map(|&kind| kind.to_owned()).collect(),
            violations: findings.list(),
            latency_ns,
            quiescence: rest.quiescence,
        })
    }
}
