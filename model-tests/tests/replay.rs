//! A failing execution is saved, and a replay runs that execution and no other.

#![cfg(loom)]

use loom::sync::atomic::{AtomicU32, Ordering};
use model_tests::{Model, checkpoint_of, spawn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const NAME: &str = "replay.lost_update";

/// Two threads add one, each in two steps. If the steps interleave, one addition is lost. Both steps are
/// read-modify-writes, which never see an old value. So the first execution, in which nothing interleaves, passes.
fn lost_update() {
    let sum = Arc::new(AtomicU32::new(0));
    let add = |sum: &AtomicU32| {
        let before = sum.fetch_or(0, Ordering::AcqRel);
        sum.swap(before + 1, Ordering::AcqRel);
    };
    let others = [0, 1].map(|_| {
        let sum = Arc::clone(&sum);
        spawn(move || add(&sum))
    });
    for other in others {
        other.join().expect("no panic");
    }
    assert_eq!(sum.load(Ordering::Acquire), 2, "an addition was lost");
}

#[test]
fn the_failing_execution_fails_again_alone() {
    let first = Model::new(NAME).explore(lost_update);
    let text = first.failure_text().expect("loom finds the bug").to_owned();
    assert!(first.executions > 1, "a replay of the first execution would show nothing");

    let run = catch_unwind(AssertUnwindSafe(|| Model::new(NAME).unrecorded().run(lost_update)));
    assert!(run.is_err());
    let checkpoint = checkpoint_of(NAME);
    let written = std::fs::read(&checkpoint).expect("the failing execution is saved");

    for _ in 0..2 {
        let again = Model::new(NAME).replay(&checkpoint, lost_update);
        assert_eq!((again.executions, again.failure_text()), (1, Some(&*text)));
    }
    assert_eq!(std::fs::read(&checkpoint).expect("it stays"), written, "a replay leaves the checkpoint alone");
}

/// After the repair the same schedule passes, and no other schedule runs.
#[test]
fn a_repaired_model_passes_its_replay() {
    let broken = Model::new("replay.repaired").unrecorded();
    let run = catch_unwind(AssertUnwindSafe(|| broken.run(|| assert_eq!(1, 2))));
    assert!(run.is_err());
    let again = Model::new("replay.repaired").replay(&checkpoint_of("replay.repaired"), || ());
    assert_eq!((again.executions, again.failure_text()), (1, None));
}
