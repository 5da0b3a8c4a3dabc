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
            Step::Spawn(vec![Op::Purge, Op::Stream { at: 82, by: StreamCall::Len }, Op::Shared { at: 40, by:
                SharedCall::Nest { by: EnterCall::Write, ops: vec![Op::Shared { at: 185, by: SharedCall::Destroy },
                Op::Shared { at: 89, by: SharedCall::CloneTo(31) }, Op::Shared { at: 45, by: SharedCall::Nest { by:
                EnterCall::ReadClosure, ops: vec![Op::Purge, Op::Purge, Op::SharedStream { at: 98, by: StreamCall::Drop
                }] } }] } }, Op::Rekey, Op::LeaveSession, Op::Rekey, Op::Purge, Op::Open { slot: 112, at: 126 },
                Op::Query(Query::Health), Op::Stream { at: 187, by: StreamCall::Len }, Op::Create { at: 66, origin:
                Origin::Bytes, len: 188 }, Op::Shared { at: 56, by: SharedCall::CloneTo(49) }, Op::Show { slot: 34, ops:
                vec![Op::Shared { at: 4, by: SharedCall::Several { others: 212, writes: false, reversed: true } },
                Op::SharedEnclave { at: 137, by: EnclaveCall::BringBack }] }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::LeaveSession, Op::Shared { at: 208, by: SharedCall::Nest { by:
                EnterCall::Write, ops: vec![Op::SharedEnclave { at: 226, by: EnclaveCall::Open(158) }, Op::SharedEnclave
                { at: 147, by: EnclaveCall::SealBytes }, Op::Seal { at: 147, slot: 2 }] } }, Op::Query(Query::Audit),
                Op::PurgeInside(73), Op::SharedStream { at: 252, by: StreamCall::Move(33) }, Op::Read { at: 175, by:
                ReadCall::Try }, Op::Inspect(112), Op::Shared { at: 38, by: SharedCall::Nest { by:
                EnterCall::WriteClosure, ops: vec![Op::Shared { at: 179, by: SharedCall::Write }, Op::Write { at: 79,
                by: WriteCall::Copy, offset: 125, len: 31 }] } }, Op::Melt(212), Op::Query(Query::Audit)]),
            Step::Spawn(vec![Op::ExpireWaits, Op::LeaveSession, Op::Open { slot: 248, at: 49 }, Op::SharedStream { at:
                21, by: StreamCall::Drop }, Op::SharedStream { at: 85, by: StreamCall::Len }, Op::Shared { at: 235, by:
                SharedCall::Nest { by: EnterCall::WriteClosure, ops: vec![Op::Shared { at: 87, by: SharedCall::Freeze }]
                } }, Op::Create { at: 213, origin: Origin::Bytes, len: 14 }, Op::Nest { at: 103, by:
                EnterCall::WriteClosure, ops: vec![Op::Query(Query::Health), Op::WithBuffers { reads: 190, writes: 235,
                ops: vec![Op::PanicInRekey] }] }, Op::Create { at: 229, origin: Origin::Text, len: 8 }, Op::OpenInto {
                slot: 49, at: 75 }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::Show { slot: 199, ops: vec![] }, Op::Show { slot: 22, ops: vec![] },
                Op::Shared { at: 227, by: SharedCall::Nest { by: EnterCall::Write, ops: vec![] } }, Op::Rekey,
                Op::Shared { at: 6, by: SharedCall::Read }, Op::Stream { at: 202, by: StreamCall::Drain },
                Op::SharedStream { at: 52, by: StreamCall::Drop }, Op::Create { at: 107, origin: Origin::Random, len:
                191 }, Op::Query(Query::Health), Op::LeaveSession]),
            Step::Do(Op::SharedStream { at: 49, by: StreamCall::Drop }),
            Step::Do(Op::Shared { at: 9, by: SharedCall::Nest { by: EnterCall::WriteClosure, ops: vec![] } }),
            Step::Do(Op::Shared { at: 107, by: SharedCall::Nest { by: EnterCall::Write, ops: vec![] } }),
            Step::Do(Op::Show { slot: 200, ops: vec![] }),
            Step::Do(Op::LeaveSession),
        ],
    };
    let schedule = [149, 33, 205, 108, 181, 55, 64, 223, 83, 159, 203, 91, 17, 2, 107, 147, 57, 82, 140, 102, 172, 50,
        109, 100, 162, 188, 233, 123, 205, 71, 47, 11, 154, 157, 173, 65, 207, 161, 30, 253, 8, 231, 103, 84, 87, 118,
        76, 160, 6, 53, 218, 226, 98, 122, 108, 41, 57, 238, 252, 90, 210, 183, 173, 225, 193, 134, 228, 196, 159, 250,
        149, 105, 124, 39, 199, 21, 243, 146, 92, 190, 45, 7, 220, 245, 248, 114, 15, 120, 25, 159, 200, 148, 207, 197,
        57, 45, 123, 60, 27, 152, 53, 221, 118, 17, 72, 48, 239, 153, 241, 28, 78, 197, 254, 220, 149, 0, 113, 136, 18,
        223, 152, 252, 1, 222, 68, 10, 28, 229, 205, 42, 210, 136, 27, 209, 200, 42, 165, 40, 53, 232, 196, 111, 49, 84,
        180, 196, 27, 214, 253, 29, 32, 48, 13, 53, 23, 66, 90, 105, 246, 23, 65, 10, 230, 133, 204, 114, 140, 238, 187,
        75, 29, 102, 56, 111, 136, 201, 183, 22];
    memguard_stress::thread::run_in_time(&schedule, 9, move || {
        program.run().unwrap_or_else(|violation| panic!("{violation}"));
    });
}
