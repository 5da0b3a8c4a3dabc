//! A program that failed once under one schedule, kept as a test: `cargo deep` decides each step.

#![cfg(shuttle)]

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_guarantee() {
    let program = Program {
        options: Options { pages: Pages::Concealed, doublings: 0, pool_pages: 0, stream_chunk: 64, prefer: false,
            rekey_thread: false, threads: 3, acquire_timeout_us: 60000000, shards: 1 },
        steps: vec![
            Step::Spawn(vec![Op::ExpireWaits, Op::Purge, Op::Stream { at: 82, by: StreamCall::Len }, Op::Shared { at:
                40, by: SharedCall::Nest { by: EnterCall::Write, ops: vec![Op::Shared { at: 185, by: SharedCall::Destroy
                }, Op::Shared { at: 89, by: SharedCall::CloneTo(31) }, Op::Shared { at: 45, by: SharedCall::Nest { by:
                EnterCall::ReadClosure, ops: vec![Op::Purge, Op::Purge, Op::SharedStream { at: 98, by: StreamCall::Drop
                }] } }] } }, Op::Rekey, Op::Rekey, Op::Purge, Op::Open { slot: 112, at: 126 }, Op::Query(Query::Health),
                Op::Stream { at: 187, by: StreamCall::Len }, Op::Create { at: 66, origin: Origin::Bytes, len: 188 },
                Op::Shared { at: 56, by: SharedCall::CloneTo(49) }]),
            Step::Spawn(vec![Op::Open { slot: 80, at: 4 }]),
            Step::Spawn(vec![Op::Shared { at: 125, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops:
                vec![Op::SharedEnclave { at: 158, by: EnclaveCall::Open(86) }, Op::Shared { at: 168, by:
                SharedCall::Several { others: 124, writes: false, reversed: true } }, Op::Shared { at: 25, by:
                SharedCall::Read }] } }, Op::Shared { at: 251, by: SharedCall::CloneTo(205) }, Op::Create { at: 97,
                origin: Origin::Random, len: 31 }, Op::Shared { at: 87, by: SharedCall::Nest { by:
                EnterCall::WriteClosure, ops: vec![Op::Shared { at: 0, by: SharedCall::Several { others: 39, writes:
                false, reversed: true } }] } }, Op::Query(Query::Health)]),
            Step::Do(Op::SharedStream { at: 237, by: StreamCall::Drain }),
            Step::Do(Op::SharedStream { at: 204, by: StreamCall::Len }),
            Step::Do(Op::Shared { at: 69, by: SharedCall::Destroy }),
            Step::Do(Op::Shared { at: 254, by: SharedCall::Several { others: 149, writes: true, reversed: true } }),
            Step::Do(Op::Open { slot: 248, at: 49 }),
            Step::Do(Op::SharedStream { at: 21, by: StreamCall::Drop }),
        ],
    };
    let schedule = [16, 1, 1, 44, 18, 61, 0, 2, 36, 12, 60, 23, 60, 50, 59, 35, 21, 27, 39, 7, 33, 32, 34, 11, 61, 49,
        12, 45, 8, 28, 50, 43, 52, 55, 37, 51, 42, 21, 9, 55, 37, 16, 54, 0, 34, 33, 37, 44, 18, 12, 11, 57, 13, 46, 27,
        5, 36, 11, 18, 5, 25, 18, 46, 40, 45, 30, 46, 38, 45, 30, 44, 1, 41, 57, 47, 53, 31, 31, 63, 36, 23, 51, 5, 22,
        61, 11, 23, 4, 48, 22, 40, 6, 58, 48, 45, 48, 7, 4, 48, 10, 35, 14, 62, 61, 38, 2, 62, 18, 49, 19, 51, 42, 9, 3,
        55, 38, 27, 63, 45, 62, 26, 11, 12, 42, 16, 34, 38, 0, 22, 44, 45, 8, 62, 6, 14, 17, 63, 49, 9, 1, 18, 40, 47,
        38, 55, 54, 1, 63, 45, 12, 21, 24, 46, 41, 59, 21, 24, 39, 20, 9, 9, 49, 46, 58, 38, 48, 21, 55, 12, 31, 40, 12,
        39, 63, 57, 7, 32, 32, 55, 39, 45, 1, 39, 18, 42, 24, 58, 50, 26, 29, 53, 18, 48, 59, 8, 7, 11, 31, 12, 39, 13,
        40, 52, 10, 0, 41, 37, 32, 35, 62, 42, 4, 32, 0, 28, 5, 9, 27, 0, 60, 8, 9, 39, 59, 40, 40, 60, 20, 20, 59, 33,
        18, 23, 18, 44, 4, 21, 5, 11, 46, 31, 60, 58, 38, 6, 53, 27, 12, 28, 37, 38, 0, 48, 10, 44, 45, 43, 17, 27, 62,
        35, 41, 35, 22, 10, 58, 31, 27, 61, 49, 31, 2, 32, 52, 7, 63, 19, 48, 18, 53, 3, 21, 4, 38, 34, 12, 54, 28, 36,
        26, 8, 61, 19, 19, 0, 0, 59, 59, 14, 9, 12, 58, 16, 5, 33, 32, 12, 7, 0, 7, 38, 31, 27, 60, 63, 34, 32, 21, 52,
        17, 29, 16, 37, 48, 5, 6, 57, 58, 38, 31, 15, 43, 30, 26, 16, 37, 22, 36, 40, 35, 53, 2, 15, 39, 60, 14, 48, 50,
        60, 10, 7, 16, 46, 6, 29, 1, 22, 17, 2, 38, 48, 29, 40, 50, 48, 54, 1, 35, 28, 15, 11, 50, 9, 47, 22, 20, 54,
        52, 11, 18, 29, 26, 20, 63, 20, 46, 22, 17, 23, 63, 20, 42, 52, 24, 36, 11, 23, 29, 25, 19, 23, 41, 62, 40, 35,
        50, 32, 37, 20, 37, 7, 47, 25, 20, 23, 31, 45, 35, 16, 7, 21, 26, 5, 37, 2, 63, 21, 33, 35, 40, 42, 54, 7, 12,
        41, 49, 54, 44, 37, 9, 14, 2, 18, 26, 15, 25, 39, 25, 30, 32, 27, 43, 5, 6, 17, 23, 33, 24, 47, 49, 61, 15, 42,
        2, 18, 13, 42, 22, 62, 22, 30, 12, 5, 13, 21, 4, 54, 41, 34, 63, 6, 57, 61, 43, 0, 50, 1, 15, 59, 49, 48, 21,
        10, 39, 63, 44, 45, 2, 32, 34, 50, 18, 21, 40, 60, 41, 26, 37, 35, 60, 52, 22, 9, 24, 44, 24, 44, 30, 7, 8, 3,
        2, 50, 42, 56, 10, 36, 26, 52, 10, 21, 41, 40, 43, 39, 58, 51, 60, 13, 14, 8, 8, 31, 45, 8, 9, 31, 48, 15, 6,
        20, 51, 32, 13, 11, 45, 21, 16, 20, 34, 49, 2, 6, 48, 35, 49, 40, 4, 20, 2, 5, 52, 10, 19, 2, 59, 29, 2, 26, 8,
        1, 30, 39, 29, 60, 40, 57, 0, 11, 30, 19, 9, 43, 5, 30, 6, 51, 41, 13, 41, 63, 5, 55, 14, 52, 42, 7, 27, 61, 47,
        53, 27, 57, 31, 11, 31, 56, 15, 28, 49, 60, 49, 62, 59, 5, 33, 50, 22, 58, 36, 62, 42, 56, 32, 11, 60, 49, 50,
        4, 27, 13, 1, 3, 35, 21, 21, 31, 59, 62, 34, 41, 48, 52, 28, 45, 42, 46, 53, 40, 23, 48, 15, 51, 50, 10, 59, 26,
        21, 8, 9, 46, 15, 3, 19, 11, 25, 41, 63, 7, 2, 30, 13, 53, 39, 46, 52, 15, 14, 20, 55, 4, 51, 51, 9, 54, 40, 63,
        52, 2, 29, 25, 48, 38, 15, 55, 11, 0, 35, 0, 44, 46, 12, 22, 46, 41, 49, 59, 57, 24, 44, 17, 38, 43, 24, 58, 1,
        23, 52, 39, 48, 18, 22, 55, 22, 12, 40, 27, 52, 8, 6, 44, 7, 16, 38, 2, 0, 24, 7, 54, 33, 14, 12, 8, 46, 38, 1,
        13, 33, 1, 47, 22, 3, 57, 58, 21, 14, 0, 54, 23, 48, 57, 25, 8, 49, 56, 34, 26, 11, 47, 8, 50, 56, 31, 28, 46,
        3, 20, 7, 21, 58, 40, 35, 25, 3, 44, 14, 61, 48, 13, 28, 4, 13, 37, 54, 53, 1, 28, 27, 1, 12, 15, 43, 37, 60,
        10, 54, 31, 7, 51, 54, 47, 55, 39, 32, 38, 53, 22, 49, 35, 44, 26, 51, 24, 18, 49, 50, 1, 35, 55, 58, 28, 21,
        16, 0, 51, 29, 24, 60, 5, 39, 26, 30, 53, 28];
    memguard_stress::thread::run_in_time(&schedule, 9, move || {
        program.run().unwrap_or_else(|violation| panic!("{violation}"));
    });
}
