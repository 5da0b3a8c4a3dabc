//! A program that failed once under one schedule, kept as a test: `cargo deep` decides each step.

#![cfg(shuttle)]

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_guarantee() {
    let program = Program {
        options: Options { pages: Pages::Own, doublings: 0, pool_pages: 1, stream_chunk: 64, prefer: false,
            rekey_thread: true, threads: 3, acquire_timeout_us: 1000, shards: 1 },
        steps: vec![
            Step::Spawn(vec![Op::Write { at: 87, by: WriteCall::Try, offset: 34, len: 181 }, Op::LeaveSession,
                Op::Inspect(131), Op::Rekey]),
            Step::Spawn(vec![Op::ExpireWaits, Op::LeaveSession, Op::Shared { at: 10, by: SharedCall::Melt }, Op::Shared
                { at: 46, by: SharedCall::Several { others: 63, writes: false, reversed: true } }, Op::Shared { at: 24,
                by: SharedCall::Several { others: 59, writes: false, reversed: true } }, Op::Inspect(3), Op::Shared {
                at: 124, by: SharedCall::WithBuffers }, Op::Shared { at: 202, by: SharedCall::WithBuffers }, Op::Shared
                { at: 48, by: SharedCall::Clone }, Op::Rekey, Op::Shared { at: 6, by: SharedCall::Several { others: 200,
                writes: false, reversed: false } }, Op::Shared { at: 151, by: SharedCall::TryWrite }, Op::Shared { at:
                47, by: SharedCall::Write }, Op::Rekey]),
            Step::Spawn(vec![Op::ExpireWaits, Op::Shared { at: 38, by: SharedCall::Inspect }, Op::LeaveSession,
                Op::Panic, Op::Inspect(129), Op::Shared { at: 102, by: SharedCall::Several { others: 35, writes: true,
                reversed: false } }, Op::Shared { at: 175, by: SharedCall::Destroy }, Op::Shared { at: 127, by:
                SharedCall::WithBuffers }, Op::SharedStream { at: 209, by: StreamCall::Move(126) }, Op::Shared { at:
                233, by: SharedCall::Several { others: 63, writes: true, reversed: false } }]),
            Step::Do(Op::Shared { at: 51, by: SharedCall::Several { others: 111, writes: true, reversed: true } }),
            Step::Do(Op::Shared { at: 39, by: SharedCall::Several { others: 178, writes: true, reversed: true } }),
            Step::Do(Op::Shared { at: 174, by: SharedCall::Write }),
            Step::Do(Op::Read { at: 137, by: ReadCall::Linger }),
            Step::Do(Op::Shared { at: 160, by: SharedCall::Replace }),
            Step::Do(Op::Shared { at: 56, by: SharedCall::Replace }),
            Step::Do(Op::Shared { at: 208, by: SharedCall::Freeze }),
            Step::Do(Op::Fault { call: SystemCall::Mprotect, after: 0 }),
            Step::Do(Op::Shared { at: 145, by: SharedCall::WithBuffers }),
            Step::Do(Op::SharedStream { at: 60, by: StreamCall::Read(51) }),
            Step::Do(Op::Scramble(43)),
            Step::Do(Op::Open { slot: 170, at: 97 }),
            Step::Do(Op::LeaveSession),
        ],
    };
    let schedule = [247, 226];
    memguard_stress::thread::run_in_time(&schedule, 9, move || {
        program.run().unwrap_or_else(|violation| panic!("{violation}"));
    });
}
