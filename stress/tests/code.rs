//! Programs printed as code: `as_code.rs` beside this file is such a print, and compiles and runs as a test like any other.

use memguard_stress::ops::{
    Damage, Entering, Giving, Look, Op, Options, Origin, Pages, Program, Queueing, Reading, Sharing, Step, SystemCall,
    Taking, Width, Writing,
};
use std::path::Path;

/// Every kind of step and operation.
fn sample() -> Program {
    let inside = vec![
        Op::Read { at: 0, by: Reading::Guard },
        Op::Write { at: 0, by: Writing::Try, offset: 0, len: 1 },
        Op::Destroy(0),
        Op::Panic,
    ];
    let steps = vec![
        Step::Do(Op::Create { at: 0, origin: Origin::Text, len: 100 }),
        Step::Do(Op::Read { at: 0, by: Reading::Typed(Width::U16) }),
        Step::Do(Op::Read { at: 0, by: Reading::Reader { from: 3, step: 7 } }),
        Step::Do(Op::Write { at: 0, by: Writing::Move, offset: 4, len: 8 }),
        Step::Do(Op::Scramble(0)),
        Step::Do(Op::Clone { from: 0, to: 1 }),
        Step::Do(Op::Nest { at: 0, by: Entering::WriteClosure, ops: inside.clone() }),
        Step::Do(Op::Together { reads: 2, writes: 1, ops: vec![] }),
        Step::Do(Op::Enclose { shelf: 0, len: 64 }),
        Step::Do(Op::Tamper { shelf: 0, damage: Damage::Flip(300) }),
        Step::Do(Op::Open { shelf: 0, at: 2 }),
        Step::Do(Op::Seal { at: 2, shelf: 1 }),
        Step::Do(Op::Take {
            at: 3,
            by: Taking::Until(2),
            reader: vec![Giving::Bytes(3), Giving::Interrupt, Giving::Bytes(3)],
        }),
        Step::Do(Op::Queue { at: 0, by: Queueing::Write(200) }),
        Step::Do(Op::Queue { at: 0, by: Queueing::Drain }),
        Step::Do(Op::Fault { call: SystemCall::Getrandom, after: 0 }),
        Step::Do(Op::Rekey),
        Step::Do(Op::Look(Look::Audit)),
        Step::Spawn(vec![Op::Share { at: 0, by: Sharing::Nest { by: Entering::Read, ops: inside } }, Op::Inspect(0)]),
        Step::Spawn(vec![Op::Share { at: 0, by: Sharing::Write }]),
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
    assert!(found == printed, "refresh it with MEMGUARD_REFRESH=1; it is printed as\n{printed}");
}

#[test]
fn code_is_what_one_would_write() {
    let code = sample().to_code();
    for step in
        ["Step::Do(Op::Scramble(0)),", "Step::Join,", "Giving::Interrupt", "Width::U16", "fn keeps_every_promise()"]
    {
        assert!(code.contains(step), "{step} is missing in\n{code}");
    }
    assert!(!code.contains("into_iter") && !code.contains("0u8"), "{code}");
}
