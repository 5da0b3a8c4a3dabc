//! The standard library ends the process when the destructor of a thread-local panics. The kernel clears the pages.

use super::places::thread_local_first;
use super::scene::{Misdeed, Scene};
use crate::support::{child_detail, run_child, transcript};
use memguard::Session;
use std::os::unix::process::ExitStatusExt;

#[test]
fn a_thread_local_that_panics_aborts() {
    const MISDEEDS: [Misdeed; 3] = [Misdeed::Panics, Misdeed::PayloadPanics, Misdeed::ValuePanics];
    if let Some(misdeed) = child_detail() {
        let misdeed = MISDEEDS.into_iter().find(|known| format!("{known:?}") == misdeed).expect("one of them");
        let _ = Scene::new(misdeed, thread_local_first, Session::builder()).enter();
        return;
    }
    for misdeed in MISDEEDS {
        let test = "concurrency::misbehaviour::aborts::a_thread_local_that_panics_aborts";
        let output = run_child(test, &format!("{misdeed:?}"));
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{misdeed:?}: {}", transcript(&output));
    }
}
