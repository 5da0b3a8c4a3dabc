//! Simpler operations and options, to be tried in place of others.

use crate::ops::{Op, Options, Pages, Step};

/// What may replace this operation: its nested operations without it, or itself without one of them.
pub(super) fn ops(op: &Op) -> Vec<Vec<Op>> {
    let Some(nested) = op.nested() else { return Vec::new() };
    let mut simpler = vec![nested.to_vec()];
    for removed in 0..nested.len() {
        let mut fewer = op.clone();
        if let Some(nested) = fewer.nested_mut() {
            nested.remove(removed);
        }
        simpler.push(vec![fewer]);
    }
    simpler
}

/// The same operations on one thread less: another thread, or the main one when all have started, makes those of one.
pub(super) fn fewer_threads(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut fewer = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Step::Spawn(ops) = step else { continue };
        let mut others = steps.to_vec();
        others.remove(at);
        for other in 0..others.len() {
            let mut joined = others.clone();
            if let Step::Spawn(theirs) = &mut joined[other] {
                theirs.extend(ops.iter().cloned());
                fewer.push(joined);
            }
        }
        let started = others.iter().rposition(|step| matches!(step, Step::Spawn(_))).map_or(0, |last| last + 1);
        others.splice(started..started, ops.iter().cloned().map(Step::Do));
        fewer.push(others);
    }
    fewer
}

/// Options with one of them as in the default. The pages stay small, because they make runs fast.
pub(super) fn options(options: &Options) -> Vec<Options> {
    let usual = Options::default();
    let simpler = [
        Options { pages: Pages::Own, ..options.clone() },
        Options { pool_pages: usual.pool_pages, ..options.clone() },
        Options { prefer: usual.prefer, ..options.clone() },
        Options { acquire_timeout_us: usual.acquire_timeout_us, ..options.clone() },
        Options { rekey_thread: usual.rekey_thread, ..options.clone() },
        Options { shards: usual.shards, ..options.clone() },
    ];
    simpler.into_iter().filter(|simpler| simpler != options).collect()
}
