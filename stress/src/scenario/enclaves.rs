//! enclaves: one thread seals, all threads open.
//!
//! Each shared enclave is kept with the id of its content. The seed and the id give the bytes that must come out.

use super::shared::Place;
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::{self, Content, Environment, Mix};
use crate::{Guarantee, Violation};
use memguard::{Enclave, Error, Session};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "enclaves",
    purpose: "seal on one thread, open on all, compare every byte; changed and foreign bytes must be refused",
    expects: &[],
    min_threads: 2,
    configure: |builder| builder,
    run,
};

/// How many enclaves the workers share.
const SHARED: usize = 16;

/// What each worker does with enclaves of its own, tampering included.
const OWN: Mix = &[(3, ops::seal), (4, ops::open), (4, ops::tamper), (1, ops::create), (1, ops::read)];

/// An enclave that all workers may open, and its content.
struct Shared {
    enclave: Enclave,
    content: Content,
}

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let foreign = context.require("a foreign session", foreign_bytes())?;
    let places: Vec<Place<Shared>> = (0..SHARED).map(|_| Place::empty()).collect();
    let actors = context.run_workers(|worker| {
        let mut actor = worker.actor(Environment::default());
        while worker.should_continue() {
            let place = &places[worker.choices.below(SHARED)];
            match worker.choices.below(16) {
                0..6 => worker.draw_and_apply(&mut actor, OWN),
                6..8 => {
                    let result = seal(worker, place);
                    worker.check(result);
                }
                8 => {
                    let result = refuse(worker, &foreign);
                    worker.check(result);
                }
                _ => {
                    if let Some(shared) = place.get() {
                        let result = open(worker, &shared);
                        worker.check(result);
                    }
                }
            }
        }
        actor
    })?;
    context.final_check(actors);
    Ok(())
}

/// Bytes that another session sealed. That session ends before the first worker starts.
fn foreign_bytes() -> memguard::Result<Vec<u8>> {
    let other = Session::builder().rekey_interval(None).build()?;
    Ok(other.enclave_random(32)?.sealed().to_vec())
}

fn seal(worker: &mut Worker<'_>, place: &Place<Shared>) -> Result<(), Violation> {
    let (session, content) = (worker.session(), worker.next_content());
    let mut bytes = content.bytes(worker.choices.length());
    let sealed = worker.op("Session::enclave, to share", || session.enclave(&mut bytes));
    let enclave = sealed.map_err(|error| Violation::unexpected("Session::enclave", &error))?;
    place.replace(Shared { enclave, content });
    Ok(())
}

fn open(worker: &mut Worker<'_>, Shared { enclave, content }: &Shared) -> Result<(), Violation> {
    let opened = worker.op("opening a shared enclave", || {
        enclave.open().and_then(|buffer| buffer.with_data(|bytes| (bytes.len(), content.check(bytes))))
    });
    let wrong = match opened {
        Ok((len, Ok(()))) if len == enclave.len() => return Ok(()),
        Ok((len, Ok(()))) => format!("{len} bytes came out of an enclave of {}", enclave.len()),
        Ok((_, Err(how))) => format!("a shared enclave opened to other bytes: {how}"),
        Err(error) => return Err(Violation::unexpected("opening a shared enclave", &error)),
    };
    Err(Violation::new(Guarantee::Exact, wrong))
}

fn refuse(worker: &mut Worker<'_>, foreign: &[u8]) -> Result<(), Violation> {
    let session = worker.session();
    let opened =
        worker.op("opening foreign bytes", || session.enclave_from_sealed(foreign).and_then(|enclave| enclave.open()));
    match opened {
        Err(Error::KeyGone) => Ok(()),
        Err(error) => Err(Violation::unexpected("opening foreign bytes", &error)),
        Ok(_) => Err(Violation::new(Guarantee::Exact, "bytes that another session sealed were opened")),
    }
}
