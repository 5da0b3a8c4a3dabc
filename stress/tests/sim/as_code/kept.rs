//! A program that failed once under one schedule, kept as a test: `cargo deep` decides each step.

#![cfg(shuttle)]

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_guarantee() {
    let program = Program {
        options: Options { pages: Pages::Concealed, doublings: 0, pool_pages: 0, stream_chunk: 64, prefer: false,
            rekey_thread: true, threads: 4, acquire_timeout_us: 100, shards: 1 },
        steps: vec![
            Step::Spawn(vec![Op::Query(Query::Health), Op::LeaveSession, Op::Drop(82), Op::Show { slot: 216, ops: vec![]
                }, Op::Rekey]),
            Step::Spawn(vec![Op::SharedStream { at: 41, by: StreamCall::Read(32) }, Op::LeaveSession, Op::FromReader {
                at: 67, by: ReaderCall::Exactly(4097), reader: vec![ReadStep::Bytes(105), ReadStep::Panic,
                ReadStep::Interrupt, ReadStep::Interrupt, ReadStep::Fail] }, Op::Query(Query::Health), Op::Rekey,
                Op::Shared { at: 114, by: SharedCall::Write }, Op::Shared { at: 74, by: SharedCall::Several { others:
                68, writes: true, reversed: false } }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::Show { slot: 221, ops: vec![Op::Create { at: 60, origin: Origin::Text,
                len: 48 }] }, Op::Show { slot: 86, ops: vec![Op::SharedStream { at: 137, by: StreamCall::Read(91) },
                Op::Shared { at: 203, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops: vec![Op::Open { slot:
                160, at: 223 }, Op::Drop(35)] } }, Op::Shared { at: 107, by: SharedCall::Nest { by:
                EnterCall::WriteClosure, ops: vec![Op::Shared { at: 113, by: SharedCall::Nest { by: EnterCall::Read,
                ops: vec![] } }, Op::Shared { at: 211, by: SharedCall::Destroy }, Op::Query(Query::Health)] } }] },
                Op::Rekey, Op::Inspect(205), Op::Rekey, Op::Rekey, Op::Shared { at: 55, by: SharedCall::Destroy },
                Op::LeaveSession, Op::Rekey, Op::SharedStream { at: 115, by: StreamCall::Drain }, Op::Destroy(69),
                Op::Shared { at: 119, by: SharedCall::Callback { ops: vec![Op::Shared { at: 143, by:
                SharedCall::CloneTo(75) }, Op::Shared { at: 141, by: SharedCall::Destroy }] } }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::Shared { at: 206, by: SharedCall::Nest { by: EnterCall::ReadClosure,
                ops: vec![Op::Shared { at: 140, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops:
                vec![Op::SharedEnclave { at: 179, by: EnclaveCall::SealBytes }] } }] } }, Op::Rekey, Op::LeaveSession,
                Op::SharedStream { at: 58, by: StreamCall::Next }, Op::Show { slot: 212, ops: vec![Op::Shared { at: 149,
                by: SharedCall::TakeAndDestroy }] }, Op::Destroy(254)]),
            Step::Do(Op::Rekey),
            Step::Do(Op::Shared { at: 8, by: SharedCall::Nest { by: EnterCall::ReadClosure, ops: vec![Op::Panic,
                Op::Panic] } }),
            Step::Do(Op::Shared { at: 243, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops:
                vec![Op::SharedEnclave { at: 87, by: EnclaveCall::SealBytes }] } }),
            Step::Do(Op::Show { slot: 107, ops: vec![] }),
            Step::Do(Op::Shared { at: 37, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops:
                vec![Op::Query(Query::Health), Op::Fault { call: SystemCall::Getrandom, after: 14 }] } }),
            Step::Do(Op::SharedStream { at: 9, by: StreamCall::Drain }),
            Step::Do(Op::LeaveSession),
        ],
    };
    let schedule = [0, 59, 59, 14, 9, 12, 58, 16, 5, 33, 32, 12, 7, 0, 7, 38, 31, 27, 60, 63, 34, 32, 21, 52, 17, 29,
        16, 37, 48, 5, 6, 57, 58, 38, 31, 15, 43, 30, 26, 16, 37, 22, 36, 40, 35, 53, 2, 15, 39, 60, 14, 48, 50, 60, 10,
        7, 16, 46, 6, 29, 1, 22, 17, 2, 38, 48, 29, 40, 50, 48, 54, 1, 35, 28, 15, 11, 50, 9, 47, 22, 20, 54, 52, 11,
        18, 29, 26, 20, 63, 20, 46, 22, 17, 23, 63, 20, 42, 52, 24, 36, 11, 23, 29, 25, 19, 23, 41, 62, 40, 35, 50, 32,
        37, 20, 37, 7, 47, 25, 20, 23, 31, 45, 35, 16, 7, 21, 26, 5, 37, 2, 63, 21, 33, 35, 40, 42, 54, 7, 12, 41, 49,
        54, 44, 37, 9, 14, 2, 18, 26, 15, 25, 39, 25, 30, 32, 27, 43, 5, 6, 17, 23, 33, 24, 47, 49, 61, 15, 42, 2, 18,
        13, 42, 22, 62, 22, 30, 12, 5, 13, 21, 4, 54, 41, 34, 63, 6, 57, 61, 43, 0, 50, 1, 15, 59, 49, 48, 21, 10, 39,
        63, 44, 45, 2, 32, 34, 50, 18, 21, 40, 60, 41, 26, 37, 35, 60, 52, 22, 9, 24, 44, 24, 44, 30, 7, 8, 3, 2, 50,
        42, 56, 10, 36, 26, 52, 10, 21, 41, 40, 43, 39, 58, 51, 60, 13, 14, 8, 8, 31, 45, 8, 9, 31, 48, 15, 6, 20, 51,
        32, 13, 11, 45, 21, 16, 20, 34, 49, 2, 6, 48, 35, 49, 40, 4, 20, 2, 5, 52, 10, 19, 2, 59, 29, 2, 26, 8, 1, 30,
        39, 29, 60, 40, 57, 0, 11, 30, 19, 9, 43, 5, 30, 6, 51, 41, 13, 41, 63, 5, 55, 14, 52, 42, 7, 27, 61, 47, 53,
        27, 57, 31, 11, 31, 56, 15, 28, 49, 60, 49, 62, 59, 5, 33, 50, 22, 58, 36, 62, 42, 56, 32, 11, 60, 49, 50, 4,
        27, 13, 1, 3, 35, 21, 21, 31, 59, 62, 34, 41, 48, 52, 28, 45, 42, 46, 53, 40, 23, 48, 15, 51, 50, 10, 59, 26,
        21, 8, 9, 46, 15, 3, 19, 11, 25, 41, 63, 7, 2, 30, 13, 53, 39, 46, 52, 15, 14, 20, 55, 4, 51, 51, 9, 54, 40, 63,
        52, 2, 29, 25, 48, 38, 15, 55, 11, 0, 35, 0, 44, 46, 12, 22, 46, 41, 49, 59, 57, 24, 44, 17, 38, 43, 24, 58, 1,
        23, 52, 39, 48, 18, 22, 55, 22, 12, 40, 27, 52, 8, 6, 44, 7, 16, 38, 2, 0, 24, 7, 54, 33, 14, 12, 8, 46, 38, 1,
        13, 33, 1, 47, 22, 3, 57, 58, 21, 14, 0, 54, 23, 48, 57, 25, 8, 49, 56, 34, 26, 11, 47, 8, 50, 56, 31, 28, 46,
        3, 20, 7, 21, 58, 40, 35, 25, 3, 44, 14, 61, 48, 13, 28, 4, 13, 37, 54, 53, 1, 28, 27, 1, 12, 15, 43, 37, 60,
        10, 54, 31, 7, 51, 54, 47, 55, 39, 32, 38, 53];
    memguard_stress::thread::run_in_time(&schedule, 9, move || {
        program.run().unwrap_or_else(|violation| panic!("{violation}"));
    });
}
