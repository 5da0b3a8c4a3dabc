//! limits: the system's limit on locked memory is lowered until it bites.
//!
//! Whatever needs new pages then fails with an error that names the limit, and nothing else suffers: everything made before
//! keeps its bytes. The workers give up the right to ignore the limit (`CAP_IPC_LOCK`), which a privileged user has.

use super::Scenario;
use crate::engine::{Setback, Stage, Unfit, Worker};
use crate::memlock::{Lowered, heed_the_limit};
use crate::ops::{self, Actor, Environment, Mix};
use crate::{Guarantee, Violation, kernel};
use memguard::{Error, Limit};
use std::io;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "limits",
    purpose: "work where RLIMIT_MEMLOCK leaves 64 KiB: an error that names the limit, and nothing lost",
    expects: &["limits_reached"],
    min_threads: 4,
    configure: |builder| builder,
    play,
};

/// What the limit leaves.
const ROOM: u64 = 64 * 1024;

/// Buffers that each worker tries to hold: together they want far more than there is.
const PLACES: usize = 6;

const MIX: Mix = &[
    (8, ops::create),
    (3, ops::read),
    (2, ops::write),
    (2, ops::simple),
    (2, ops::clone),
    (2, ops::end),
    (2, ops::seal),
    (2, ops::open),
    (1, ops::tamper),
];

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let lowered = kernel::locked_bytes().and_then(|locked| Lowered::to(locked + ROOM)).map_err(unfit("lowered"))?;
    let limit = lowered.limit();
    // On a thread of its own: what a thread gives up, it does not get back.
    let probe = std::thread::scope(|scope| scope.spawn(|| limit_bites(stage, limit)).join());
    probe.unwrap_or_else(|_| Err(Unfit("the probe of RLIMIT_MEMLOCK died of a panic".into()).into()))?;
    let actors = stage.crew(|worker| work(worker, limit))?;
    stage.roll_call(actors.into_iter().flatten().collect());
    lowered.restore().map_err(unfit("put back"))?;
    stage.must("Session::buffer, after the limit was put back", stage.session().buffer(2 * ROOM as usize))?;
    Ok(())
}

fn work<'s>(worker: &mut Worker<'s>, limit: u64) -> Option<Actor<'s>> {
    if let Err(error) = heed_the_limit() {
        let message = format!("CAP_IPC_LOCK could be given up by the probe and not by a worker: {error}");
        worker.report(Err(Violation::new(Guarantee::Visible, message)));
        return None;
    }
    let mut actor = worker.actor(Environment { memlock: Some(limit), ..Environment::default() }).with_places(PLACES);
    while worker.goes_on() {
        worker.act(&mut actor, MIX);
        if worker.choices.one_in(16) {
            let judgement = worker.op("reading everything made before", || actor.verify());
            worker.report(judgement);
        }
        if worker.choices.one_in(64) {
            worker.report(within(limit));
        }
    }
    Some(actor)
}

/// The kernel must not have been made to lock more than the limit says.
fn within(limit: u64) -> Result<(), Violation> {
    match kernel::locked_bytes() {
        Ok(locked) if locked > limit => {
            Err(Violation::new(Guarantee::Visible, format!("{locked} bytes are locked, and the limit is {limit}")))
        }
        // Not being able to look is found out by the look at what is left.
        _ => Ok(()),
    }
}

/// Asks for more than there is room for. A machine that grants it does not enforce the limit.
fn limit_bites(stage: &Stage<'_>, limit: u64) -> Result<(), Setback> {
    heed_the_limit().map_err(|error| Unfit(format!("CAP_IPC_LOCK cannot be given up: {error}")))?;
    match stage.session().buffer(limit as usize + 1) {
        Err(error @ Error::Limit(Limit::LockedMemory { .. })) => {
            stage.tally().error(&error);
            Ok(())
        }
        Err(error) => Err(Setback::Broken(Violation::unexpected("creating a buffer larger than the limit", &error))),
        Ok(_buffer) => match kernel::locked_bytes() {
            Ok(locked) if locked > limit => {
                Err(Unfit(format!("this machine does not enforce RLIMIT_MEMLOCK: {locked} of {limit} bytes locked"))
                    .into())
            }
            _ => Err(Setback::Broken(Violation::new(
                Guarantee::Visible,
                "a buffer larger than the limit was made, and is not locked",
            ))),
        },
    }
}

fn unfit(what: &'static str) -> impl FnOnce(io::Error) -> Setback {
    move |error| Unfit(format!("RLIMIT_MEMLOCK cannot be {what}: {error}")).into()
}
