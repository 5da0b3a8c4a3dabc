//! Strategies that draw programs. They shrink to fewer steps, less nesting, smaller numbers and the default options.

use memguard_stress::ops::{
    Damage, EnclaveCall, EnterCall, Op, Options, Origin, Pages, Program, Query, ReadCall, ReadStep, ReaderCall,
    SharedCall, Step, StreamCall, SystemCall, Width, WriteCall,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;

/// The cases of each property. `PROPTEST_CASES` asks for more.
const CASES: u32 = 1000;

/// The configuration of every property.
pub fn config() -> ProptestConfig {
    let cases = ProptestConfig::default().cases.max(CASES);
    let kept = FileFailurePersistence::SourceParallel("proptest-regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// The families of fuzz targets.
#[allow(dead_code, reason = "each test program draws some of them")]
#[derive(Clone, Copy, Debug)]
pub enum Family {
    Buffers,
    Streams,
    Views,
    Readers,
    Registry,
    Faults,
    Threads,
}

/// Steps of a program. A thread has up to half as many.
const STEPS: usize = 24;

/// Programs of this family.
pub fn programs(family: Family) -> impl Strategy<Value = Program> {
    let op = family.op();
    let steps = match family {
        Family::Threads => {
            let thread = vec(op.clone(), 1..STEPS / 2).prop_map(Step::Spawn);
            let step = prop_oneof![4 => op.prop_map(Step::Do), 3 => thread, 1 => Just(Step::Join)];
            vec(step, 1..STEPS / 2).boxed()
        }
        _ => vec(op.prop_map(Step::Do), 1..STEPS).boxed(),
    };
    (options(), steps).prop_map(|(options, steps)| Program { options, steps })
}

impl Family {
    fn op(self) -> BoxedStrategy<Op> {
        let flat = match self {
            Self::Buffers => prop_oneof![
                3 => create(), 4 => read(), 4 => write(), 4 => edit(), 1 => clone(), 1 => inspect(), 2 => end(),
                1 => Just(Op::Purge), 1 => Just(Op::Panic)
            ]
            .boxed(),
            Self::Streams => prop_oneof![
                12 => stream(), 1 => Just(Op::Purge), 1 => Just(Op::Rekey), 1 => query(), 1 => read(), 1 => end()
            ]
            .boxed(),
            Self::Views => prop_oneof![4 => create(), 8 => read(), 1 => write(), 1 => edit(), 1 => end()].boxed(),
            Self::Readers => prop_oneof![8 => from_reader(), 2 => read(), 1 => edit(), 1 => clone(),
            1 => Just(Op::Purge)]
            .boxed(),
            Self::Registry => prop_oneof![
                4 => create(), 4 => clone(), 4 => end(), 1 => inspect(), 1 => Just(Op::Purge), 2 => query(),
                2 => enclave(),
                1 => stream(), 1 => from_reader(), 1 => share()
            ]
            .boxed(),
            Self::Faults => prop_oneof![
                6 => fault(), 3 => create(), 1 => read(), 1 => write(), 2 => edit(), 2 => clone(), 2 => end(),
                3 => enclave(),
                4 => stream(), 2 => from_reader(), 1 => Just(Op::Rekey), 1 => Just(Op::Purge), 1 => query(),
                1 => share()
            ]
            .boxed(),
            Self::Threads => prop_oneof![
                12 => share(), 2 => create(), 1 => read(), 1 => write(), 1 => edit(), 1 => clone(), 1 => end(),
                2 => enclave(),
                1 => Just(Op::Purge), 1 => Just(Op::Rekey), 1 => stream(), 1 => query(),
                1 => select(vec![Op::LeaveSession, Op::ExpireWaits])
            ]
            .boxed(),
        };
        let nested =
            |inner: BoxedStrategy<Op>| {
                let ops = vec(inner, 0..4);
                let nest = (at(), entering(), ops.clone()).prop_map(|(at, by, ops)| Op::Nest { at, by, ops });
                let together = (any::<u8>(), any::<u8>(), ops.clone())
                    .prop_map(|(reads, writes, ops)| Op::WithBuffers { reads, writes, ops });
                let share = (at(), entering(), ops.clone())
                    .prop_map(|(at, by, ops)| Op::Shared { at, by: SharedCall::Nest { by, ops } });
                let callback = (at(), ops).prop_map(|(at, ops)| Op::Shared { at, by: SharedCall::Callback { ops } });
                let share = prop_oneof![3 => share, 1 => callback];
                (nest, together, share)
            };
        let threads = matches!(self, Self::Threads);
        flat.prop_recursive(2, 8, 4, move |inner| {
            let (nest, together, share) = nested(inner.clone());
            prop_oneof![
                6 => inner,
                2 => nest,
                1 => together,
                if threads { 4 } else { 1 } => share,
            ]
        })
        .boxed()
    }
}

fn options() -> impl Strategy<Value = Options> {
    let pages = select(vec![Pages::Own, Pages::Concealed, Pages::Packed]);
    let (doublings, pool, chunk) =
        (select(vec![6_u8, 3, 0]), select(vec![16_u16, 0, 1]), select(vec![64_u16, 1, 7, 300]));
    (pages, doublings, pool, chunk, any::<bool>()).prop_map(|(pages, doublings, pool_pages, stream_chunk, prefer)| {
        Options { pages, doublings, pool_pages, stream_chunk, prefer, ..Options::default() }
    })
}

/// A place. There are few, so that operations use the same ones.
fn at() -> impl Strategy<Value = u8> + Clone {
    0..3_u8
}

/// Mostly small, and sometimes at an edge.
fn len() -> impl Strategy<Value = u16> + Clone {
    prop_oneof![6 => 0..80_u16, 1 => select(vec![63_u16, 64, 65, 127, 511, 512, 513, 1023, 4088, 4095, 4096, 4097,
    8192])]
}

fn create() -> impl Strategy<Value = Op> {
    let origin = select(vec![Origin::Zeros, Origin::Bytes, Origin::Text, Origin::Random]);
    (at(), origin, len()).prop_map(|(at, origin, len)| Op::Create { at, origin, len })
}

fn read() -> impl Strategy<Value = Op> {
    use Width::{I8, I16, I32, I64, U8, U16, U32, U64};
    let by = prop_oneof![
        5 => select(vec![ReadCall::Closure, ReadCall::Guard, ReadCall::Try, ReadCall::Linger, ReadCall::Equals]),
        2 => select(vec![U8, U16, U32, U64, I8, I16, I32, I64]).prop_map(ReadCall::Typed),
        2 => select(vec![ReadCall::Text, ReadCall::Array]),
        1 => (0..80_u8, 0..80_u8).prop_map(|(from, step)| ReadCall::Reader { from, step }),
    ];
    (at(), by).prop_map(|(at, by)| Op::Read { at, by })
}

fn write() -> impl Strategy<Value = Op> {
    let by = select(vec![WriteCall::Closure, WriteCall::Guard, WriteCall::Try, WriteCall::Copy, WriteCall::Move]);
    (at(), by, len(), len()).prop_map(|(at, by, offset, len)| Op::Write { at, by, offset, len })
}

fn edit() -> impl Strategy<Value = Op> {
    let make: Vec<fn(u8) -> Op> = vec![Op::Wipe, Op::Scramble, Op::Freeze, Op::Melt];
    (select(make), at()).prop_map(|(make, at)| make(at))
}

fn clone() -> impl Strategy<Value = Op> {
    (at(), at()).prop_map(|(from, to)| Op::Clone { from, to })
}

fn inspect() -> impl Strategy<Value = Op> {
    at().prop_map(Op::Inspect)
}

fn end() -> impl Strategy<Value = Op> {
    let make: Vec<fn(u8) -> Op> = vec![Op::Destroy, Op::Drop];
    (select(make), at()).prop_map(|(make, at)| make(at))
}

fn enclave() -> impl Strategy<Value = Op> {
    let damage = prop_oneof![
        Just(Damage::Nothing),
        any::<u16>().prop_map(Damage::Flip),
        any::<u8>().prop_map(Damage::Cut),
        Just(Damage::Extend)
    ];
    let slot = 0..2_u8;
    prop_oneof![
        (at(), slot.clone()).prop_map(|(at, slot)| Op::Seal { at, slot }),
        (slot.clone(), len()).prop_map(|(slot, len)| Op::SealBytes { slot, len }),
        (slot.clone(), at()).prop_map(|(slot, at)| Op::Open { slot, at }),
        (slot, damage).prop_map(|(slot, damage)| Op::Tamper { slot, damage }),
    ]
}

fn stream() -> impl Strategy<Value = Op> {
    (0..2_u8, stream_call()).prop_map(|(at, by)| Op::Stream { at, by })
}

fn stream_call() -> impl Strategy<Value = StreamCall> {
    prop_oneof![
        3 => len().prop_map(StreamCall::Write),
        2 => len().prop_map(StreamCall::Move),
        4 => len().prop_map(StreamCall::Read),
        4 => select(vec![StreamCall::Next, StreamCall::Drain, StreamCall::Len, StreamCall::Clear, StreamCall::Drop]),
    ]
}

fn from_reader() -> impl Strategy<Value = Op> {
    let by = prop_oneof![
        len().prop_map(ReaderCall::Exactly),
        any::<u8>().prop_map(ReaderCall::Until),
        Just(ReaderCall::Everything)
    ];
    let step = prop_oneof![
        4 => len().prop_map(ReadStep::Bytes),
        1 => select(vec![ReadStep::Interrupt, ReadStep::Fail, ReadStep::Lie, ReadStep::Panic]),
    ];
    (at(), by, vec(step, 0..6)).prop_map(|(at, by, reader)| Op::FromReader { at, by, reader })
}

fn query() -> impl Strategy<Value = Op> {
    select(vec![Op::Query(Query::Health), Op::Query(Query::Audit)])
}

fn fault() -> impl Strategy<Value = Op> {
    use SystemCall::{Any, Getrandom, Madvise, Mlock, Mmap, Mprotect, Munmap};
    (select(vec![Any, Mmap, Madvise, Mlock, Mprotect, Munmap, Getrandom]), 0..8_u8)
        .prop_map(|(call, after)| Op::Fault { call, after })
}

fn share() -> impl Strategy<Value = Op> {
    let simple = select(vec![
        SharedCall::Read,
        SharedCall::Write,
        SharedCall::TryRead,
        SharedCall::TryWrite,
        SharedCall::WithBuffers,
        SharedCall::Freeze,
        SharedCall::Melt,
        SharedCall::Clone,
        SharedCall::Destroy,
        SharedCall::Seal,
        SharedCall::Replace,
        SharedCall::TakeAndDestroy,
        SharedCall::Inspect,
    ]);
    let several = (0..8_u8, any::<bool>(), any::<bool>()).prop_map(|(others, writes, reversed)| SharedCall::Several {
        others,
        writes,
        reversed,
    });
    let by = prop_oneof![12 => simple, 1 => at().prop_map(SharedCall::CloneTo), 2 => several];
    prop_oneof![
        6 => (at(), by).prop_map(|(at, by)| Op::Shared { at, by }),
        1 => shared_enclave(),
        1 => (0..2_u8, stream_call()).prop_map(|(at, by)| Op::SharedStream { at, by }),
    ]
}

fn shared_enclave() -> impl Strategy<Value = Op> {
    let by = prop_oneof![
        1 => select(vec![EnclaveCall::SealBytes, EnclaveCall::BringBack]),
        1 => at().prop_map(EnclaveCall::Seal),
        2 => at().prop_map(EnclaveCall::Open),
    ];
    (at(), by).prop_map(|(at, by)| Op::SharedEnclave { at, by })
}

fn entering() -> impl Strategy<Value = EnterCall> + Clone {
    select(vec![EnterCall::ReadClosure, EnterCall::Read, EnterCall::WriteClosure, EnterCall::Write])
}
