//! A program that was found, to be kept as a test.

use memguard_stress::ops::*;

#[test]
#[rustfmt::skip]
fn keeps_every_promise() {
    let program = Program {
        options: Options { pages: Pages::Packed, doublings: 6, pool_pages: 16, stream_chunk: 64, prefer: false },
        steps: vec![
            Step::Do(Op::Create { at: 0, origin: Origin::Text, len: 100 }),
            Step::Do(Op::Read { at: 0, by: Reading::Typed(Width::U16) }),
            Step::Do(Op::Read { at: 0, by: Reading::Reader { from: 3, step: 7 } }),
            Step::Do(Op::Write { at: 0, by: Writing::Move, offset: 4, len: 8 }),
            Step::Do(Op::Scramble(0)),
            Step::Do(Op::Clone { from: 0, to: 1 }),
            Step::Do(Op::Nest { at: 0, by: Entering::WriteClosure, ops: vec![Op::Read { at: 0, by: Reading::Guard }, Op::Write { at: 0, by: Writing::Try, offset: 0, len: 1 }, Op::Destroy(0), Op::Panic] }),
            Step::Do(Op::Together { reads: 2, writes: 1, ops: vec![] }),
            Step::Do(Op::Enclose { shelf: 0, len: 64 }),
            Step::Do(Op::Tamper { shelf: 0, damage: Damage::Flip(300) }),
            Step::Do(Op::Open { shelf: 0, at: 2 }),
            Step::Do(Op::Seal { at: 2, shelf: 1 }),
            Step::Do(Op::Take { at: 3, by: Taking::Until(2), reader: vec![Giving::Bytes(3), Giving::Interrupt, Giving::Bytes(3)] }),
            Step::Do(Op::Queue { at: 0, by: Queueing::Write(200) }),
            Step::Do(Op::Queue { at: 0, by: Queueing::Drain }),
            Step::Do(Op::Fault { call: SystemCall::Getrandom, after: 0 }),
            Step::Do(Op::Rekey),
            Step::Do(Op::Look(Look::Audit)),
            Step::Spawn(vec![Op::Share { at: 0, by: Sharing::Nest { by: Entering::Read, ops: vec![Op::Read { at: 0, by: Reading::Guard }, Op::Write { at: 0, by: Writing::Try, offset: 0, len: 1 }, Op::Destroy(0), Op::Panic] } }, Op::Inspect(0)]),
            Step::Spawn(vec![Op::Share { at: 0, by: Sharing::Write }]),
            Step::Join,
            Step::Do(Op::PurgeInside(0)),
        ],
    };
    program.run().unwrap_or_else(|violation| panic!("{violation}"));
}
