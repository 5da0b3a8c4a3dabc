//! enclaves: one thread seals, all threads open.
//!
//! Each shared enclave is kept with the id of its content. The seed and the id give the bytes that must come out.

use super::{Contract, RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Content, Environment, OpMix};
use crate::places::Places;
use crate::{Guarantee, Violation};
use memguard::{Enclave, Error, Session};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "enclaves",
    purpose: "seal on one thread, open on all, compare every byte; changed and foreign bytes must be refused",
    min_threads: 2,
    contract: Contract::FAIR,
    run,
    ..Scenario::PLAIN
};

/// How many enclaves the workers share.
const SHARED: usize = 16;

/// What each worker does with enclaves of its own, tampering included.
const OWN: OpMix = OpMix(&[(3, SEAL), (3, SEAL_BYTES), (8, OPEN), (8, TAMPER), (2, CREATE), (2, LOOK)]);

/// An enclave that all workers may open, and its content.
struct Shared {
    enclave: Enclave,
    content: Content,
}

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let foreign = context.require("a foreign session", foreign_bytes())?;
    let places = Places::<Shared, SHARED>::default();
    let actors = context.run_workers(|worker| {
        let mut actor = worker.actor(Environment::default());
        while worker.should_continue() {
            let at = worker.choices.below(SHARED);
            let result = match worker.choices.below(16) {
                0..6 => worker.draw_and_apply(&mut actor, OWN),
                6..8 => seal(worker, &places, at),
                8 => refuse(worker, &foreign),
                _ => places.get(at).map_or(Ok(()), |shared| open(worker, &shared)),
            };
            worker.check(result);
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

fn seal(worker: &mut Worker<'_>, places: &Places<Shared, SHARED>, at: usize) -> Result<(), Violation> {
    let (session, content) = (worker.session(), worker.next_content());
    let mut bytes = content.bytes(worker.choices.length());
    let sealed = worker.op("Session::enclave, to share", || session.enclave(&mut bytes));
    let enclave = Violation::unless_ok("Session::enclave", sealed)?;
    places.put(at, Shared { enclave, content });
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
