//! Programs on simulated pages that are small enough for an interpreter. Miri looks in them for undefined behaviour,
//! data races and weak memory orders, under many schedules: `.ci/miri`. `cargo test` runs them as they are.

#![cfg(test)]

mod one_thread;
mod threads;

use memguard::{Isolation, Session, SessionBuilder, Sim};

const PAGE: usize = 256;

/// Runs a program in a session on simulated pages. When it has ended, nothing may be left.
fn simulated(isolation: Isolation, program: impl FnOnce(&Session)) {
    built(|builder| builder.isolation(isolation), program);
}

fn built(set: impl FnOnce(SessionBuilder) -> SessionBuilder, program: impl FnOnce(&Session)) {
    let sim = Sim::new(PAGE);
    let session = set(Session::builder().simulated(&sim).rekey_interval(None)).build().unwrap();
    program(&session);
    drop(session);
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, Vec::new()));
}

const ISOLATIONS: [Isolation; 3] = [Isolation::Page, Isolation::Packed, Isolation::Concealed];
