//! rekey-storm: all threads rekey while all threads seal and open.
//!
//! A rekey changes both halves of the key or none. If a thread ever saw a rekey half done, or if a half were lost,
//! enclaves would open to other bytes or not at all. Nothing purges here, so *every* enclave must open, those from
//! before the first rekey included.

use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::ops::op_mix::*;
use crate::ops::{Content, Environment, OpMix};
use crate::{Guarantee, Violation};
use memguard::{Enclave, Rekey};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "rekey-storm",
    purpose: "rekey on all threads while all threads seal and open; every enclave must open to its exact bytes",
    expects: &["rekeys_skipped"],
    min_threads: 2,
    // Without a rekey thread the workers know of every rekey, so the session's count must equal theirs.
    configure: |builder| builder.rekey_interval(None),
    run,
    ..Scenario::PLAIN
};

const MIX: OpMix = OpMix(&[(2, SEAL), (2, SEAL_BYTES), (8, OPEN), (2, CREATE), (1, LOOK)]);

/// How many enclaves are sealed before the workers start. The workers open them all the time.
const OLD: usize = 4;
const LEN: usize = 48;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let seal = |id| context.session.enclave(&mut old_content(context.seed, id).bytes(LEN));
    let old: Vec<Enclave> = context.require("Session::enclave", (0..OLD).map(seal).collect())?;
    let done = AtomicU64::new(0);
    let actors = context.run_workers(|worker| {
        let mut actor = worker.actor(Environment::default());
        while worker.should_continue() {
            let result = match worker.choices.below(8) {
                0..3 => rekey(worker, &done),
                3 => open_old(worker, &old),
                _ => worker.draw_and_apply(&mut actor, MIX),
            };
            worker.check(result);
        }
        actor
    })?;
    let (told, counted) = (done.into_inner(), context.session.health().rekeys);
    context.violations.check(Violation::unless(told == counted, Guarantee::Visible, || {
        format!("{told} rekeys were reported done, and the session counted {counted}")
    }));
    context.final_check(actors);
    Ok(())
}

/// The content of the old enclave with this index.
fn old_content(seed: u64, index: usize) -> Content {
    Content::new(seed, index as u64)
}

fn rekey(worker: &mut Worker<'_>, done: &AtomicU64) -> Result<(), Violation> {
    let session = worker.session();
    let rekey = Violation::unless_ok("rekey", worker.op("rekey", || session.rekey()))?;
    worker.tally().rekey(rekey);
    done.fetch_add(u64::from(rekey == Rekey::Done), Ordering::Relaxed);
    Violation::unless(rekey != Rekey::NoKey, Guarantee::Exact, || "a rekey found no key, and nothing has purged")
}

fn open_old(worker: &mut Worker<'_>, old: &[Enclave]) -> Result<(), Violation> {
    let index = worker.choices.below(old.len());
    let content = old_content(worker.seed(), index);
    let opened = worker.op("opening an enclave from before the first rekey", || {
        old[index].open().and_then(|buffer| buffer.equals(&content.bytes(LEN)))
    });
    let is_right = Violation::unless_ok("opening an old enclave", opened)?;
    Violation::unless(is_right, Guarantee::Exact, || "an old enclave opened to other bytes")
}
