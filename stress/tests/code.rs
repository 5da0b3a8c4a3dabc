//! Prints programs as code. `as_code.rs` beside this file is such a print. It compiles and runs as a test.

use memguard_stress::ops::{
    Damage, EnclaveCall, EnterCall, Op, Options, Origin, Pages, Program, Query, ReadCall, ReadStep, ReaderCall,
    SharedCall, Step, StreamCall, SystemCall, Width, WriteCall,
};
use std::path::Path;

/// Every kind of step and operation.
fn sample() -> Program {
    let inside = vec![
        Op::Read { at: 0, by: ReadCall::Guard },
        Op::Write { at: 0, by: WriteCall::Try, offset: 0, len: 1 },
        Op::Destroy(0),
        Op::Panic,
    ];
    let steps = vec![
        Step::Do(Op::Create { at: 0, origin: Origin::Text, len: 100 }),
        Step::Do(Op::Read { at: 0, by: ReadCall::Typed(Width::U16) }),
        Step::Do(Op::Read { at: 0, by: ReadCall::Reader { from: 3, step: 7 } }),
        Step::Do(Op::Write { at: 0, by: WriteCall::Move, offset: 4, len: 8 }),
        Step::Do(Op::Scramble(0)),
        Step::Do(Op::Clone { from: 0, to: 1 }),
        Step::Do(Op::Nest { at: 0, by: EnterCall::WriteClosure, ops: inside.clone() }),
        Step::Do(Op::WithBuffers { reads: 2, writes: 1, ops: vec![] }),
        Step::Do(Op::SealBytes { slot: 0, len: 64 }),
        Step::Do(Op::Tamper { slot: 0, damage: Damage::Flip(300) }),
        Step::Do(Op::Open { slot: 0, at: 2 }),
        Step::Do(Op::Seal { at: 2, slot: 1 }),
        Step::Do(Op::FromReader {
            at: 3,
            by: ReaderCall::Until(2),
            reader: vec![ReadStep::Bytes(3), ReadStep::Interrupt, ReadStep::Bytes(3)],
        }),
        Step::Do(Op::Stream { at: 0, by: StreamCall::Write(200) }),
        Step::Do(Op::Stream { at: 0, by: StreamCall::Drain }),
        Step::Do(Op::Fault { call: SystemCall::Getrandom, after: 0 }),
        Step::Do(Op::Rekey),
        Step::Do(Op::Query(Query::Audit)),
        Step::Spawn(vec![
            Op::Shared { at: 0, by: SharedCall::Nest { by: EnterCall::Read, ops: inside } },
            Op::Inspect(0),
        ]),
        Step::Spawn(vec![Op::Shared { at: 0, by: SharedCall::Write }]),
        Step::Spawn(vec![
            Op::ExpireWaits,
            Op::Shared { at: 1, by: SharedCall::Callback { ops: vec![Op::Rekey] } },
            Op::Shared { at: 1, by: SharedCall::Several { others: 5, writes: true, reversed: false } },
            Op::SharedEnclave { at: 0, by: EnclaveCall::Open(2) },
            Op::SharedStream { at: 0, by: StreamCall::Next },
            Op::LeaveSession,
        ]),
        Step::Join,
        Step::Do(Op::PurgeInside(0)),
    ];
    Program { options: Options { pages: Pages::Packed, ..Options::default() }, steps }
}

#[test]
fn the_print_that_is_checked_in_is_what_is_printed() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/as_code.rs");
    let printed = sample().to_code();
    if std::env::var_os("MEMGUARD_REFRESH").is_some() {
        std::fs::write(&checked_in, &printed).unwrap();
    }
    let found = std::fs::read_to_string(&checked_in).unwrap();
    assert!(found == printed, "it is stale; refresh it with MEMGUARD_REFRESH=1. It is printed as\n{printed}");
}

#[test]
fn code_is_plain() {
    let code = sample().to_code();
    for step in
        ["Step::Do(Op::Scramble(0)),", "Step::Join,", "ReadStep::Interrupt", "Width::U16", "fn keeps_every_guarantee()"]
    {
        assert!(code.contains(step), "{step} is missing in\n{code}");
    }
    assert!(!code.contains("into_iter") && !code.contains("0u8"), "{code}");
}
