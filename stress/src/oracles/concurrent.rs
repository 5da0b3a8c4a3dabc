//! Programs of several threads, with the schedule as part of the input.

use super::in_program;
use crate::ops::Program;
use crate::thread;

/// PROGRESS, WIPED, EXACT, ORDER: threads that share a session and its buffers.
///
/// Input: the first half is a [`Program`]. The second half, read from its end, is the schedule, as a
/// [`thread::ByteSchedule`]. So when a fuzzer inserts bytes, only the last parts of both change their meaning.
///
/// Under `cfg(shuttle)` the schedule decides every step, and the same input is always the same execution. Threads of
/// the system ignore it.
///
/// # Panics
/// If a guarantee is broken, or if the program hangs.
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
