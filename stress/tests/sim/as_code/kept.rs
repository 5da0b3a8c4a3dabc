//! A program that failed once under one schedule, kept as a test: `cargo deep` decides each step.

#![cfg(shuttle)]

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_guarantee() {
    let program = Program {
        options: Options { pages: Pages::Own, doublings: 0, pool_pages: 1, stream_chunk: 64, prefer: false,
            rekey_thread: true, threads: 3, acquire_timeout_us: 10, shards: 3 },
        steps: vec![
            Step::Spawn(vec![Op::Query(Query::Health), Op::Inspect(205), Op::Fault { call: SystemCall::Mlock, after: 8
                }, Op::Query(Query::Audit), Op::Shared { at: 43, by: SharedCall::Several { others: 206, writes: false,
                reversed: true } }, Op::Purge, Op::Rekey, Op::Shared { at: 126, by: SharedCall::Callback { ops:
                vec![Op::Shared { at: 54, by: SharedCall::Read }, Op::Shared { at: 203, by: SharedCall::Nest { by:
                EnterCall::Read, ops: vec![] } }, Op::Create { at: 97, origin: Origin::Text, len: 25 }] } },
                Op::LeaveSession, Op::Shared { at: 206, by: SharedCall::Callback { ops: vec![Op::Shared { at: 222, by:
                SharedCall::CloneTo(97) }, Op::Shared { at: 96, by: SharedCall::WithBuffers }] } }, Op::Fault { call:
                SystemCall::Mprotect, after: 10 }, Op::Fault { call: SystemCall::Mlock, after: 6 }]),
            Step::Spawn(vec![Op::Purge, Op::Shared { at: 125, by: SharedCall::Callback { ops: vec![Op::Fault { call:
                SystemCall::Mlock, after: 13 }, Op::SharedStream { at: 145, by: StreamCall::Drain }, Op::SharedEnclave {
                at: 162, by: EnclaveCall::SealBytes }] } }, Op::LeaveSession, Op::Tamper { slot: 170, damage:
                Damage::Extend }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::LeaveSession, Op::Shared { at: 57, by: SharedCall::Several { others:
                66, writes: true, reversed: true } }, Op::Purge, Op::Query(Query::Health), Op::PurgeInside(215),
                Op::Shared { at: 35, by: SharedCall::Replace }, Op::Purge, Op::Fault { call: SystemCall::Getrandom,
                after: 7 }, Op::Clone { from: 125, to: 122 }]),
            Step::Do(Op::Shared { at: 97, by: SharedCall::TakeAndDestroy }),
            Step::Do(Op::SharedEnclave { at: 111, by: EnclaveCall::Seal(19) }),
            Step::Do(Op::Clone { from: 178, to: 101 }),
            Step::Do(Op::Shared { at: 123, by: SharedCall::Callback { ops: vec![] } }),
            Step::Do(Op::LeaveSession),
        ],
    };
    let schedule = [248];
    memguard_stress::thread::run_in_time(&schedule, 9, move || {
        program.run().unwrap_or_else(|violation| panic!("{violation}"));
    });
}
