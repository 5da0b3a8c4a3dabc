//! A program that failed once, kept as a test.

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_guarantee() {
    let program = Program {
        options: Options { pages: Pages::Packed, doublings: 6, pool_pages: 16, stream_chunk: 64, prefer: false,
            rekey_thread: false, threads: 4, acquire_timeout_us: 60000000, shards: 1 },
        steps: vec![
            Step::Do(Op::Create { at: 0, origin: Origin::Text, len: 100 }),
            Step::Do(Op::Read { at: 0, by: ReadCall::Typed(Width::U16) }),
            Step::Do(Op::Read { at: 0, by: ReadCall::Reader { from: 3, step: 7 } }),
            Step::Do(Op::Write { at: 0, by: WriteCall::Move, offset: 4, len: 8 }),
            Step::Do(Op::Scramble(0)),
            Step::Do(Op::Clone { from: 0, to: 1 }),
            Step::Do(Op::Nest { at: 0, by: EnterCall::WriteClosure, ops: vec![Op::Read { at: 0, by: ReadCall::Guard },
                Op::Write { at: 0, by: WriteCall::Try, offset: 0, len: 1 }, Op::Destroy(0), Op::Panic] }),
            Step::Do(Op::WithBuffers { reads: 2, writes: 1, ops: vec![] }),
            Step::Do(Op::SealBytes { slot: 0, len: 64 }),
            Step::Do(Op::Tamper { slot: 0, damage: Damage::Flip(300) }),
            Step::Do(Op::Open { slot: 0, at: 2 }),
            Step::Do(Op::Seal { at: 2, slot: 1 }),
            Step::Do(Op::FromReader { at: 3, by: ReaderCall::Until(2), reader: vec![ReadStep::Bytes(3),
                ReadStep::Interrupt, ReadStep::Bytes(3)] }),
            Step::Do(Op::Stream { at: 0, by: StreamCall::Write(200) }),
            Step::Do(Op::Stream { at: 0, by: StreamCall::Drain }),
            Step::Do(Op::Fault { call: SystemCall::Getrandom, after: 0 }),
            Step::Do(Op::Rekey),
            Step::Do(Op::Query(Query::Audit)),
            Step::Spawn(vec![Op::Shared { at: 0, by: SharedCall::Nest { by: EnterCall::Read, ops: vec![Op::Read { at: 0,
                by: ReadCall::Guard }, Op::Write { at: 0, by: WriteCall::Try, offset: 0, len: 1 }, Op::Destroy(0),
                Op::Panic] } }, Op::Inspect(0)]),
            Step::Spawn(vec![Op::Shared { at: 0, by: SharedCall::Write }]),
            Step::Spawn(vec![Op::ExpireWaits, Op::Shared { at: 1, by: SharedCall::Callback { ops: vec![Op::Rekey] } },
                Op::Shared { at: 1, by: SharedCall::Several { others: 5, writes: true, reversed: false } },
                Op::SharedEnclave { at: 0, by: EnclaveCall::Open(2) }, Op::SharedStream { at: 0, by: StreamCall::Next },
                Op::LeaveSession]),
            Step::Join,
            Step::Do(Op::PurgeInside(0)),
        ],
    };
    program.run().unwrap_or_else(|violation| panic!("{violation}"));
}
