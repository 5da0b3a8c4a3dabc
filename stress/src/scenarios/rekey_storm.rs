//! rekey-storm: everybody splits the key anew while everybody seals and opens.
//!
//! A rekey changes both halves or none. If one were ever seen half done, or lost, enclaves would open to garbage or not at
//! all. There is no purge here, so *every* enclave must open, those made before the first rekey included.

use super::Scenario;
use crate::engine::{Setback, Stage, Worker};
use crate::ops::{self, Content, Environment, Mix};
use crate::{Guarantee, Violation};
use memguard::{Enclave, Rekey};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "rekey-storm",
    purpose: "split the key anew on all threads, beside seals and opens, every one of which must be exact",
    expects: &["rekeys_skipped"],
    min_threads: 2,
    // No rekey thread: then the workers know of every rekey, and can hold the session to its count.
    configure: |builder| builder.rekey_interval(None),
    play,
};

const MIX: Mix = &[(4, ops::seal), (8, ops::open), (2, ops::create), (1, ops::read)];

/// Enclaves that are sealed before the storm and opened all through it.
const OLD: usize = 4;
const LEN: usize = 48;

fn play(stage: &Stage<'_>) -> Result<(), Setback> {
    let seal = |id| stage.session().enclave(&mut content(stage.seed(), id).bytes(LEN));
    let old: Vec<Enclave> = stage.must("Session::enclave", (0..OLD).map(seal).collect())?;
    let done = AtomicU64::new(0);
    let actors = stage.crew(|worker| {
        let mut actor = worker.actor(Environment::default());
        while worker.goes_on() {
            match worker.choices.below(8) {
                0..3 => rekey(worker, &done),
                3 => open_old(worker, &old),
                _ => worker.act(&mut actor, MIX),
            }
        }
        actor
    })?;
    let (told, counted) = (done.into_inner(), stage.session().health().rekeys);
    if told != counted {
        let message = format!("{told} rekeys were reported done, and the session counted {counted}");
        stage.findings().add(Violation::new(Guarantee::Visible, message));
    }
    stage.roll_call(actors);
    Ok(())
}

/// What the enclave sealed as number `id` before the storm holds. Workers count their contents from 1 << 40.
fn content(seed: u64, id: usize) -> Content {
    Content::new(seed, id as u64)
}

fn rekey(worker: &mut Worker<'_>, done: &AtomicU64) {
    let session = worker.session();
    match worker.op("rekey", || session.rekey()) {
        Ok(rekey) => {
            worker.stage().tally().rekey(rekey);
            done.fetch_add(u64::from(rekey == Rekey::Done), Ordering::Relaxed);
            if rekey == Rekey::NoKey {
                worker.report(Err(Violation::new(Guarantee::Exact, "a rekey found no key, and nobody has purged")));
            }
        }
        Err(error) => worker.report(Err(Violation::unexpected("rekey", &error))),
    }
}

fn open_old(worker: &mut Worker<'_>, old: &[Enclave]) {
    let id = worker.choices.below(old.len());
    let content = content(worker.stage().seed(), id);
    let opened = worker.op("opening an enclave from before the storm", || {
        old[id].open().and_then(|buffer| buffer.equals(&content.bytes(LEN)))
    });
    worker.report(match opened {
        Ok(true) => Ok(()),
        Ok(false) => Err(Violation::new(Guarantee::Exact, "an enclave from before the storm opened to other bytes")),
        Err(error) => Err(Violation::unexpected("opening an enclave from before the storm", &error)),
    });
}
