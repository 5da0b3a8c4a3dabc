//! Mixes of operations, and how an operation is decoded from bytes. One byte chooses it from a mix. Its parts follow.
//!
//! The order of a mix's entries is part of the input format of the fuzz targets. A change gives checked-in inputs
//! another meaning.

use super::decode::{length, list, small};
use super::op::{Op, SharedCall};
use super::parts::{ARRAY, EnclaveCall, SystemCall};
use arbitrary::{Arbitrary, Result, Unstructured};

type Input<'a, 'b> = &'a mut Unstructured<'b>;
type OpDecoder = fn(Input<'_, '_>, OpMix) -> Result<Op>;

/// Operations to choose from. The weight of an operation is how often it is listed. Nested operations come from the
/// same mix.
#[derive(Clone, Copy, Debug)]
pub struct OpMix(&'static [OpDecoder]);

/// All operations.
pub const EVERYTHING: OpMix = OpMix(&[
    create,
    read,
    write,
    edit,
    edit,
    clone,
    inspect,
    end,
    end,
    nest,
    with_buffers,
    seal,
    seal_bytes,
    open,
    tamper,
    purge,
    from_reader,
    stream,
    stream,
    rekey,
    query,
    fault,
    panic,
    share,
    share,
]);

/// Operations on buffers and inside them.
pub const BUFFERS: OpMix = OpMix(&[
    create,
    read,
    read,
    write,
    write,
    edit,
    edit,
    clone,
    inspect,
    end,
    nest,
    nest,
    with_buffers,
    panic,
    purge,
    query,
]);

/// Operations on streams, and some that affect them.
pub const STREAMS: OpMix = OpMix(&[
    stream, stream, stream, stream, stream, stream, stream, stream, stream, purge, rekey, query, read, nest, end,
]);

/// Views of the bytes as integers, text and arrays.
pub const VIEWS: OpMix = OpMix(&[create_fitting, create_fitting, read, read, read, read, read, write, edit, nest, end]);

/// Buffers from readers, and readers of buffers.
pub const READERS: OpMix = OpMix(&[from_reader, from_reader, from_reader, from_reader, read, edit, nest, clone, purge]);

/// Operations that create and destroy buffers.
pub const REGISTRY: OpMix = OpMix(&[
    create,
    create,
    clone,
    clone,
    end,
    end,
    inspect,
    purge,
    query,
    query,
    nest,
    seal,
    open,
    share,
    stream,
    from_reader,
]);

/// Many faults of the system, with operations that meet them.
pub const FAULTS: OpMix = OpMix(&[
    fault,
    fault,
    fault,
    fault,
    fault,
    create,
    create,
    read,
    write,
    edit,
    clone,
    end,
    nest,
    seal,
    seal_bytes,
    open,
    stream,
    stream,
    stream,
    from_reader,
    rekey,
    purge,
    query,
    share,
]);

/// Operations for which threads contend: mostly on shared buffers and on the session.
#[rustfmt::skip]
pub(super) const CONTENTION: OpMix = OpMix(&[
    share, share, share, share, share, share, share, share, end_shared, end_shared, end_shared, purge, purge, purge,
    rekey, rekey, nest, nest, create, read, clone, end, with_buffers, seal, open, stream, from_reader, query, panic,
    fault,
]);

/// Operations for deep schedules, mostly on shared things. The only fault is missing randomness, which a session
/// overcomes.
#[rustfmt::skip]
pub(super) const DEEP: OpMix = OpMix(&[
    use_shared, use_shared, use_shared, use_shared, use_shared, use_shared, use_shared, use_shared, use_shared,
    nest_shared, nest_shared, nest_shared, callback, callback, several, several, several,
    replace, replace, clone_to, take_and_destroy, inspect_shared,
    shared_enclave, shared_enclave, shared_enclave, shared_enclave, shared_enclave, shared_enclave,
    shared_stream, shared_stream, shared_stream, shared_stream, shared_stream,
    purge, rekey, rekey, query, query, no_randomness, panic,
    create, read, write, edit, clone, inspect, end, nest, with_buffers, seal, open, tamper, from_reader, stream, stream,
]);

impl OpMix {
    /// Decodes the next operation.
    pub(super) fn choose(self, input: Input<'_, '_>) -> Result<Op> {
        let number = u8::arbitrary(input)?;
        self.0[usize::from(number) % self.0.len()](input, self)
    }

    /// Decodes at most three operations.
    fn few(self, input: Input<'_, '_>) -> Result<Vec<Op>> {
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

fn create(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Create { at: input.arbitrary()?, origin: input.arbitrary()?, len: length(input)? })
}

/// Half of the buffers are exactly as long as a view needs, or one byte off, because mistakes are likely there.
fn create_fitting(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    const FITTING: &[usize] = &[1, 2, 4, 8, ARRAY - 1, ARRAY, ARRAY + 1];
    let (at, origin) = (input.arbitrary()?, input.arbitrary()?);
    let len = if input.arbitrary()? { *input.choose(FITTING)? as u16 } else { length(input)? };
    Ok(Op::Create { at, origin, len })
}

fn read(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Read { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn write(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Write { at: input.arbitrary()?, by: input.arbitrary()?, offset: length(input)?, len: length(input)? })
}

/// Changes a buffer as a whole.
fn edit(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    let make = *input.choose(&[Op::Wipe, Op::Scramble, Op::Freeze, Op::Melt])?;
    Ok(make(input.arbitrary()?))
}

fn clone(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Clone { from: input.arbitrary()?, to: input.arbitrary()? })
}

fn inspect(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Inspect(input.arbitrary()?))
}

fn end(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    let make = *input.choose(&[Op::Destroy, Op::Drop])?;
    Ok(make(input.arbitrary()?))
}

fn nest(input: Input<'_, '_>, mix: OpMix) -> Result<Op> {
    Ok(Op::Nest { at: input.arbitrary()?, by: input.arbitrary()?, ops: mix.few(input)? })
}

fn with_buffers(input: Input<'_, '_>, mix: OpMix) -> Result<Op> {
    Ok(Op::WithBuffers { reads: input.arbitrary()?, writes: input.arbitrary()?, ops: mix.few(input)? })
}

fn seal(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Seal { at: input.arbitrary()?, slot: input.arbitrary()? })
}

fn seal_bytes(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::SealBytes { slot: input.arbitrary()?, len: length(input)? })
}

fn open(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Open { slot: input.arbitrary()?, at: input.arbitrary()? })
}

fn tamper(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Tamper { slot: input.arbitrary()?, damage: input.arbitrary()? })
}

fn purge(_: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Purge)
}

fn from_reader(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    let (at, by) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::FromReader { at, by, reader: list(input, 8, |input| input.arbitrary())? })
}

fn stream(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Stream { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn rekey(_: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Rekey)
}

fn query(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Query(input.arbitrary()?))
}

fn fault(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Fault { call: input.arbitrary()?, after: small(input)? })
}

fn panic(_: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Panic)
}

fn share(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn end_shared(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Destroy })
}

/// Calls without nested operations. [`nest_shared`] decodes those with them.
fn use_shared(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    use SharedCall::{Clone, Destroy, Freeze, Melt, Read, Seal, TryRead, TryWrite, WithBuffers, Write};
    let calls = [Read, Read, Write, Write, TryRead, TryWrite, WithBuffers, Freeze, Melt, Clone, Destroy, Seal];
    Ok(Op::Shared { at: input.arbitrary()?, by: input.choose(&calls)?.clone() })
}

fn nest_shared(input: Input<'_, '_>, mix: OpMix) -> Result<Op> {
    let at = input.arbitrary()?;
    Ok(Op::Shared { at, by: SharedCall::Nest { by: input.arbitrary()?, ops: mix.few(input)? } })
}

fn callback(input: Input<'_, '_>, mix: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Callback { ops: mix.few(input)? } })
}

fn several(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    let (at, others) = (input.arbitrary()?, input.arbitrary()?);
    let (writes, reversed) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::Shared { at, by: SharedCall::Several { others, writes, reversed } })
}

fn replace(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Replace })
}

fn clone_to(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::CloneTo(input.arbitrary()?) })
}

fn take_and_destroy(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::TakeAndDestroy })
}

fn inspect_shared(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Shared { at: input.arbitrary()?, by: SharedCall::Inspect })
}

fn shared_enclave(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    let (at, place) = (input.arbitrary()?, input.arbitrary()?);
    let calls = [EnclaveCall::SealBytes, EnclaveCall::Seal(place), EnclaveCall::Open(place), EnclaveCall::BringBack];
    Ok(Op::SharedEnclave { at, by: *input.choose(&calls)? })
}

fn shared_stream(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::SharedStream { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn no_randomness(input: Input<'_, '_>, _: OpMix) -> Result<Op> {
    Ok(Op::Fault { call: SystemCall::Getrandom, after: small(input)? % 3 })
}
