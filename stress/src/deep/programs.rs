//! Large programs of the operation language, one drawn for each schedule.

use super::seen::Seen;
use crate::ops::Program;
use shuttle::rand::{RngCore, thread_rng};

/// Runs a program that is drawn from the schedule's own generator. So a replay of the schedule runs the same program.
///
/// # Panics
/// If a guarantee is broken.
pub fn mixed(seen: &Seen) {
    let seed = thread_rng().next_u64();
    seen.runs(seed);
    match Program::deep(seed).run_and_tell() {
        Ok(tally) => tally.seen().for_each(|what| seen.note(what)),
        Err(violation) => panic!("{violation}"),
    }
}
