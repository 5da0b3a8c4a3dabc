//! Mixes of operations, and how an operation is decoded from bytes. One byte chooses it from a mix. Its parts follow.
//!
//! The order of a mix's entries is part of the input format of the fuzz targets. A change gives checked-in inputs
//! another meaning. The mixes of scenarios are drawn only, so they may change.

use super::choices::Choices;
use super::decode::{length, list, small};
use super::op::{Op, SharedCall};
use super::parts::{ARRAY, EnclaveCall, ReadCall, SystemCall};
use arbitrary::{Arbitrary, Result, Unstructured};

/// Decodes the parts of one kind of operation. Nested operations come from the mix.
pub(crate) type OpDecoder = fn(&mut Unstructured<'_>, OpMix) -> Result<Op>;

/// Operations to choose from, each with its weight. Nested operations come from the same mix.
#[derive(Clone, Copy, Debug)]
pub struct OpMix(pub(crate) &'static [(u8, OpDecoder)]);

/// All operations.
#[rustfmt::skip]
pub const EVERYTHING: OpMix = OpMix(&[
    (1, CREATE), (1, READ), (1, WRITE), (2, EDIT), (1, CLONE), (1, INSPECT), (2, END), (1, NEST), (1, WITH_BUFFERS),
    (1, SEAL), (1, SEAL_BYTES), (1, OPEN), (1, TAMPER), (1, PURGE), (1, FROM_READER), (2, STREAM), (1, REKEY),
    (1, QUERY), (1, FAULT), (1, PANIC), (2, SHARE),
]);

/// Operations on buffers and inside them.
#[rustfmt::skip]
pub const BUFFERS: OpMix = OpMix(&[
    (1, CREATE), (2, READ), (2, WRITE), (2, EDIT), (1, CLONE), (1, INSPECT), (1, END), (2, NEST), (1, WITH_BUFFERS),
    (1, PANIC), (1, PURGE), (1, QUERY),
]);

/// Operations on streams, and some that affect them.
pub const STREAMS: OpMix = OpMix(&[(9, STREAM), (1, PURGE), (1, REKEY), (1, QUERY), (1, READ), (1, NEST), (1, END)]);

/// Views of the bytes as integers, text and arrays.
pub const VIEWS: OpMix = OpMix(&[(2, CREATE_FITTING), (5, READ), (1, WRITE), (1, EDIT), (1, NEST), (1, END)]);

/// Buffers from readers, and readers of buffers.
pub const READERS: OpMix = OpMix(&[(4, FROM_READER), (1, READ), (1, EDIT), (1, NEST), (1, CLONE), (1, PURGE)]);

/// Operations that create and destroy buffers.
#[rustfmt::skip]
pub const REGISTRY: OpMix = OpMix(&[
    (2, CREATE), (2, CLONE), (2, END), (1, INSPECT), (1, PURGE), (2, QUERY), (1, NEST), (1, SEAL), (1, OPEN),
    (1, SHARE), (1, STREAM), (1, FROM_READER),
]);

/// Many faults of the system, with operations that meet them.
#[rustfmt::skip]
pub const FAULTS: OpMix = OpMix(&[
    (5, FAULT), (2, CREATE), (1, READ), (1, WRITE), (1, EDIT), (1, CLONE), (1, END), (1, NEST), (1, SEAL),
    (1, SEAL_BYTES), (1, OPEN), (3, STREAM), (1, FROM_READER), (1, REKEY), (1, PURGE), (1, QUERY), (1, SHARE),
]);

/// Operations for which threads contend: mostly on shared buffers and on the session.
#[rustfmt::skip]
pub(super) const CONTENTION: OpMix = OpMix(&[
    (8, SHARE), (3, END_SHARED), (3, PURGE), (2, REKEY), (2, NEST), (1, CREATE), (1, READ), (1, CLONE), (1, END),
    (1, WITH_BUFFERS), (1, SEAL), (1, OPEN), (1, STREAM), (1, FROM_READER), (1, QUERY), (1, PANIC), (1, FAULT),
]);

/// Operations for deep schedules, mostly on shared things. The only fault is missing randomness, which a session
/// overcomes.
#[rustfmt::skip]
pub(super) const DEEP: OpMix = OpMix(&[
    (9, USE_SHARED), (3, NEST_SHARED), (2, CALLBACK), (3, SEVERAL), (2, REPLACE), (1, CLONE_TO), (1, TAKE_AND_DESTROY),
    (1, INSPECT_SHARED), (6, SHARED_ENCLAVE), (5, SHARED_STREAM), (1, PURGE), (2, REKEY), (2, QUERY),
    (1, NO_RANDOMNESS), (1, PANIC), (1, CREATE), (1, READ), (1, WRITE), (1, EDIT), (1, CLONE), (1, INSPECT), (1, END),
    (1, NEST), (1, WITH_BUFFERS), (1, SEAL), (1, OPEN), (1, TAMPER), (1, FROM_READER), (2, STREAM),
]);

/// Operations for simulated runs and the scenario `mixed`: those of deep schedules, all faults of the system, and
/// frequent ends.
#[rustfmt::skip]
pub(crate) const MIXED: OpMix = OpMix(&[
    (9, USE_SHARED), (3, NEST_SHARED), (2, CALLBACK), (3, SEVERAL), (2, REPLACE), (1, CLONE_TO), (1, TAKE_AND_DESTROY),
    (1, INSPECT_SHARED), (3, END_SHARED), (6, SHARED_ENCLAVE), (5, SHARED_STREAM), (2, PURGE), (2, REKEY), (2, QUERY),
    (2, FAULT), (1, PANIC), (1, CREATE), (1, READ), (1, WRITE), (1, EDIT), (1, CLONE), (1, INSPECT), (1, END),
    (1, NEST), (1, WITH_BUFFERS), (1, SEAL), (1, OPEN), (1, TAMPER), (1, FROM_READER), (2, STREAM), (1, PURGE_INSIDE),
    (2, SHOW), (1, OPEN_INTO), (1, COMPARE), (1, PANIC_IN_REKEY),
]);

/// The bytes from which one operation is drawn: more than any without nested ones needs. Behind them there are zeros.
const BYTES: usize = 64;

fn bytes(choices: &mut Choices) -> [u8; BYTES] {
    std::array::from_fn(|_| choices.below(256) as u8)
}

impl OpMix {
    /// Draws an operation.
    ///
    /// # Panics
    /// If the mix is empty.
    pub fn draw(self, choices: &mut Choices) -> Op {
        self.choose(&mut Unstructured::new(&bytes(choices))).expect("every input is an operation")
    }

    /// The weight of each operation.
    pub(crate) fn weights(self) -> Vec<usize> {
        self.0.iter().map(|&(own, _)| own.into()).collect()
    }

    /// Draws a weight for each operation: its own, none, or several times its own.
    pub(crate) fn draw_weights(self, choices: &mut Choices) -> Vec<usize> {
        self.weights().into_iter().map(|own| own * choices.pick(&[0, 1, 1, 4])).collect()
    }

    /// Draws an operation with these weights, or with its own if all are 0. Nested operations keep their own.
    pub(crate) fn draw_weighted(self, weights: &[usize], choices: &mut Choices) -> Op {
        let mut number = choices.below(weights.iter().sum());
        for (&weight, &(_, decode)) in weights.iter().zip(self.0) {
            match number.checked_sub(weight) {
                Some(rest) => number = rest,
                None => return decode(&mut Unstructured::new(&bytes(choices)), self).expect("every input is one"),
            }
        }
        self.draw(choices)
    }

    /// Decodes the next operation.
    pub(super) fn choose(self, input: &mut Unstructured<'_>) -> Result<Op> {
        let total = self.0.iter().map(|&(weight, _)| weight).sum::<u8>();
        let mut number = u8::arbitrary(input)? % total;
        for &(weight, decode) in self.0 {
            match number.checked_sub(weight) {
                Some(rest) => number = rest,
                None => return decode(input, self),
            }
        }
        unreachable!("the number is below the sum of the weights")
    }

    /// Decodes at most three operations.
    fn few(self, input: &mut Unstructured<'_>) -> Result<Vec<Op>> {
        list(input, 4, |input| self.choose(input))
    }
}

impl<'b> Arbitrary<'b> for Op {
    fn arbitrary(input: &mut Unstructured<'b>) -> Result<Self> {
        EVERYTHING.choose(input)
    }
}

impl<'b> Arbitrary<'b> for SharedCall {
    /// Decodes only the oldest calls. Later calls have decoders of their own in an [`OpMix`], so old inputs keep their
    /// meaning.
    fn arbitrary(input: &mut Unstructured<'b>) -> Result<Self> {
        const CALLS: u64 = 11;
        Ok(match (u64::from(u32::arbitrary(input)?) * CALLS) >> 32 {
            0 => Self::Read,
            1 => Self::Write,
            2 => Self::TryRead,
            3 => Self::TryWrite,
            4 => Self::Nest { by: input.arbitrary()?, ops: EVERYTHING.few(input)? },
            5 => Self::WithBuffers,
            6 => Self::Freeze,
            7 => Self::Melt,
            8 => Self::Clone,
            9 => Self::Destroy,
            _ => Self::Seal,
        })
    }
}

pub(crate) const CREATE: OpDecoder =
    |input, _| Ok(Op::Create { at: input.arbitrary()?, origin: input.arbitrary()?, len: length(input)? });

/// Half of the buffers are exactly as long as a view needs, or one byte off, because mistakes are likely there.
const CREATE_FITTING: OpDecoder = |input, _| {
    const FITTING: &[usize] = &[1, 2, 4, 8, ARRAY - 1, ARRAY, ARRAY + 1];
    let (at, origin) = (input.arbitrary()?, input.arbitrary()?);
    let len = if input.arbitrary()? { *input.choose(FITTING)? as u16 } else { length(input)? };
    Ok(Op::Create { at, origin, len })
};

const READ: OpDecoder = |input, _| Ok(Op::Read { at: input.arbitrary()?, by: input.arbitrary()? });

/// A read that gives other threads no turn, for scenarios. A thread that yields is seldom stopped under a lock, and
/// then the others contend less.
pub(crate) const LOOK: OpDecoder = |input, _| {
    let (at, by) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::Read { at, by: if by == ReadCall::Linger { ReadCall::Closure } else { by } })
};

/// A read that lasts, so that other threads come meanwhile.
pub(crate) const LINGER: OpDecoder = |input, _| Ok(Op::Read { at: input.arbitrary()?, by: ReadCall::Linger });

pub(crate) const WRITE: OpDecoder = |input, _| {
    Ok(Op::Write { at: input.arbitrary()?, by: input.arbitrary()?, offset: length(input)?, len: length(input)? })
};

/// Changes a buffer as a whole.
pub(crate) const EDIT: OpDecoder = |input, _| {
    let make = *input.choose(&[Op::Wipe, Op::Scramble, Op::Freeze, Op::Melt])?;
    Ok(make(input.arbitrary()?))
};

pub(crate) const CLONE: OpDecoder = |input, _| Ok(Op::Clone { from: input.arbitrary()?, to: input.arbitrary()? });

pub(crate) const INSPECT: OpDecoder = |input, _| Ok(Op::Inspect(input.arbitrary()?));

pub(crate) const END: OpDecoder = |input, _| {
    let make = *input.choose(&[Op::Destroy, Op::Drop])?;
    Ok(make(input.arbitrary()?))
};

const NEST: OpDecoder =
    |input, mix| Ok(Op::Nest { at: input.arbitrary()?, by: input.arbitrary()?, ops: mix.few(input)? });

const WITH_BUFFERS: OpDecoder =
    |input, mix| Ok(Op::WithBuffers { reads: input.arbitrary()?, writes: input.arbitrary()?, ops: mix.few(input)? });

pub(crate) const SEAL: OpDecoder = |input, _| Ok(Op::Seal { at: input.arbitrary()?, slot: input.arbitrary()? });

pub(crate) const SEAL_BYTES: OpDecoder = |input, _| Ok(Op::SealBytes { slot: input.arbitrary()?, len: length(input)? });

pub(crate) const OPEN: OpDecoder = |input, _| Ok(Op::Open { slot: input.arbitrary()?, at: input.arbitrary()? });

const SHOW: OpDecoder = |input, mix| Ok(Op::Show { slot: input.arbitrary()?, ops: mix.few(input)? });

const OPEN_INTO: OpDecoder = |input, _| Ok(Op::OpenInto { slot: input.arbitrary()?, at: input.arbitrary()? });

const COMPARE: OpDecoder = |input, _| Ok(Op::Compare { at: input.arbitrary()?, with: input.arbitrary()? });

pub(crate) const TAMPER: OpDecoder = |input, _| Ok(Op::Tamper { slot: input.arbitrary()?, damage: input.arbitrary()? });

pub(crate) const PURGE: OpDecoder = |_, _| Ok(Op::Purge);

pub(crate) const PURGE_INSIDE: OpDecoder = |input, _| Ok(Op::PurgeInside(input.arbitrary()?));

pub(crate) const FROM_READER: OpDecoder = |input, _| {
    let (at, by) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::FromReader { at, by, reader: list(input, 8, |input| input.arbitrary())? })
};

pub(crate) const STREAM: OpDecoder = |input, _| Ok(Op::Stream { at: input.arbitrary()?, by: input.arbitrary()? });

pub(crate) const REKEY: OpDecoder = |_, _| Ok(Op::Rekey);

pub(crate) const QUERY: OpDecoder = |input, _| Ok(Op::Query(input.arbitrary()?));

const FAULT: OpDecoder = |input, _| Ok(Op::Fault { call: input.arbitrary()?, after: small(input)? });

const PANIC: OpDecoder = |_, _| Ok(Op::Panic);

const PANIC_IN_REKEY: OpDecoder = |_, _| Ok(Op::PanicInRekey);

const SHARE: OpDecoder = |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: input.arbitrary()? });

const END_SHARED: OpDecoder = |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Destroy });

/// Calls without nested operations. [`NEST_SHARED`] decodes those with them.
const USE_SHARED: OpDecoder = |input, _| {
    use SharedCall::{Clone, Destroy, Freeze, Melt, Read, Seal, TryRead, TryWrite, WithBuffers, Write};
    let calls = [Read, Read, Write, Write, TryRead, TryWrite, WithBuffers, Freeze, Melt, Clone, Destroy, Seal];
    Ok(Op::Shared { at: input.arbitrary()?, by: input.choose(&calls)?.clone() })
};

const NEST_SHARED: OpDecoder = |input, mix| {
    let at = input.arbitrary()?;
    Ok(Op::Shared { at, by: SharedCall::Nest { by: input.arbitrary()?, ops: mix.few(input)? } })
};

const CALLBACK: OpDecoder =
    |input, mix| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Callback { ops: mix.few(input)? } });

const SEVERAL: OpDecoder = |input, _| {
    let (at, others) = (input.arbitrary()?, input.arbitrary()?);
    let (writes, reversed) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::Shared { at, by: SharedCall::Several { others, writes, reversed } })
};

const REPLACE: OpDecoder = |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Replace });

const CLONE_TO: OpDecoder =
    |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::CloneTo(input.arbitrary()?) });

const TAKE_AND_DESTROY: OpDecoder =
    |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::TakeAndDestroy });

const INSPECT_SHARED: OpDecoder = |input, _| Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Inspect });

const SHARED_ENCLAVE: OpDecoder = |input, _| {
    let (at, place) = (input.arbitrary()?, input.arbitrary()?);
    let calls = [EnclaveCall::SealBytes, EnclaveCall::Seal(place), EnclaveCall::Open(place), EnclaveCall::BringBack];
    Ok(Op::SharedEnclave { at, by: *input.choose(&calls)? })
};

const SHARED_STREAM: OpDecoder = |input, _| Ok(Op::SharedStream { at: input.arbitrary()?, by: input.arbitrary()? });

const NO_RANDOMNESS: OpDecoder = |input, _| Ok(Op::Fault { call: SystemCall::Getrandom, after: small(input)? % 3 });
