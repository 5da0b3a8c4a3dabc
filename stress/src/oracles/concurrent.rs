//! Programs of several threads, with the schedule as part of the input.

use super::in_program;
use crate::ops::Program;
use crate::thread;

/// PROGRESS, WIPED, EXACT, ORDER: threads that do everything to the same session and buffers.
///
/// Input: the first half is a [`Program`]; the second half, read from its end, is the schedule, as
/// [`thread::ByteSchedule`] reads it. So what a fuzzer inserts into one moves what comes last in the other, and leaves
/// alone what comes first.
///
/// Under `cfg(shuttle)` the schedule decides every step, and the same input always does the same. On threads of the
/// system it is not looked at.
///
/// # Panics
/// If a promise is broken, or if it hangs.
///
/// ```
/// # #[cfg(not(shuttle))]
/// memguard_stress::oracles::concurrent_program(b"any bytes are a program");
/// ```
pub fn concurrent_program(input: &[u8]) {
    let (program, schedule) = input.split_at(input.len().div_ceil(2));
    let program = Program::decode_threads(program);
    let schedule: Vec<u8> = schedule.iter().rev().copied().collect();
    thread::run(&schedule, move || in_program(&program));
}
