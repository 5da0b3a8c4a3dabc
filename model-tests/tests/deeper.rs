//! A bounded model finds more bugs with more preemptions.

#![cfg(loom)]

use loom::sync::atomic::{AtomicU32, Ordering};
use model_tests::{Model, spawn};
use std::sync::Arc;

/// Fails if the other thread interrupts this one, and is interrupted between its two steps. All steps are
/// read-modify-writes, which never see an old value.
fn half_done() {
    let steps = Arc::new(AtomicU32::new(0));
    let other = {
        let steps = Arc::clone(&steps);
        spawn(move || {
            steps.fetch_add(1, Ordering::AcqRel);
            steps.fetch_add(1, Ordering::AcqRel);
        })
    };
    assert_ne!(steps.fetch_or(0, Ordering::AcqRel), 1, "half done");
    other.join().expect("no panic");
}

#[test]
fn preemptions_are_added_to_a_bound() {
    let shallow = Model::new("deeper.shallow").bound(1).explore(half_done);
    assert_eq!(shallow.failure_text(), None);
    let deeper = Model::new("deeper.deeper").bound(1).deeper(1).explore(half_done);
    assert!(deeper.failure_text().is_some_and(|text| text.contains("half done")), "{deeper:?}");
}
