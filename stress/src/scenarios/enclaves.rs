//! enclaves: sealed by one thread, opened by all.
//!
//! The shelf remembers of each enclave only a number; what must come out is derived from that number and the seed.

use super::Scenario;
use crate::engine::{Setback, Stage, Worker};
use crate::ops::{self, Content, Environment, Mix};
use crate::{Guarantee, Violation};
use memguard::{Enclave, Error, Session};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "enclaves",
    purpose: "seal on one thread, open on all, compare every byte; changed and foreign bytes must be refused",
    expects: &[],
    min_threads: 2,
    configure: |builder| builder,
    play,
};

/// Enclaves that all threads share.
const SHELVES: usize = 16;

/// What each thread does with enclaves of its own, tampering included.
const OWN: Mix = &[(3, ops::seal), (4, ops::open), (4, ops::tamper), (1, ops::create), (1, ops::read)];

/// An enclave that everybody may open, and the number from which its bytes can be derived.
struct Shared {
    enclave: Enclave,
    id: u64,
}

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let foreign = stage.must("a foreign session", foreign_bytes())?;
    let shelf: Vec<Mutex<Option<Arc<Shared>>>> = (0..SHELVES).map(|_| Mutex::new(None)).collect();
    let actors = stage.crew(|worker| {
        let mut actor = worker.actor(Environment::default());
        let mut next_id = (worker.index() as u64 + 1) << 40 | 1 << 39;
        while worker.goes_on() {
            let at = worker.choices.below(SHELVES);
            match worker.choices.below(16) {
                0..6 => worker.act(&mut actor, OWN),
                6..8 => {
                    let (id, len) = (next_id, worker.choices.length());
                    next_id += 1;
                    if let Some(shared) = seal(worker, id, len) {
                        *shelf[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(shared));
                    }
                }
                8 => refuse(worker, &foreign),
                _ => {
                    let shared = shelf[at].lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if let Some(shared) = shared {
                        open(worker, &shared);
                    }
                }
            }
        }
        actor
    })?;
    stage.roll_call(actors);
    Ok(())
}

/// Bytes that another session sealed. That session has ended before the first thread of this scenario starts.
fn foreign_bytes() -> memguard::Result<Vec<u8>> {
    let other = Session::builder().rekey_interval(None).build()?;
    Ok(other.enclave_random(32)?.sealed().to_vec())
}

fn seal(worker: &mut Worker<'_>, id: u64, len: usize) -> Option<Shared> {
    let (session, seed) = (worker.session(), worker.stage().seed());
    let mut bytes = Content::new(seed, id).bytes(len);
    match worker.op("Session::enclave, to share", || session.enclave(&mut bytes)) {
        Ok(enclave) => Some(Shared { enclave, id }),
        Err(error) => {
            worker.report(Err(Violation::unexpected("Session::enclave", &error)));
            None
        }
    }
}

fn open(worker: &mut Worker<'_>, shared: &Shared) {
    let content = Content::new(worker.stage().seed(), shared.id);
    let opened = worker.op("opening a shared enclave", || {
        shared.enclave.open().and_then(|buffer| buffer.with_data(|bytes| (bytes.len(), content.check(bytes))))
    });
    let judgement = match opened {
        Ok((len, Ok(()))) if len == shared.enclave.len() => Ok(()),
        Ok((len, Ok(()))) => Err(format!("{len} bytes came out of an enclave of {}", shared.enclave.len())),
        Ok((_, Err(how))) => Err(format!("a shared enclave opened to other bytes: {how}")),
        Err(error) => return worker.report(Err(Violation::unexpected("opening a shared enclave", &error))),
    };
    worker.report(judgement.map_err(|how| Violation::new(Guarantee::Exact, how)));
}

fn refuse(worker: &mut Worker<'_>, foreign: &[u8]) {
    let session = worker.session();
    let opened =
        worker.op("opening foreign bytes", || session.enclave_from_sealed(foreign).and_then(|enclave| enclave.open()));
    worker.report(match opened {
        Err(Error::KeyGone) => Ok(()),
        Err(error) => Err(Violation::unexpected("opening foreign bytes", &error)),
        Ok(_) => Err(Violation::new(Guarantee::Exact, "bytes that another session sealed were opened")),
    });
}
