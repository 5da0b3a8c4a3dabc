//! Which operations a fuzzer's bytes can mean. One byte chooses an operation, and what it needs follows.

use super::decode::{length, list, small};
use super::{ARRAY, Op, Options, Program, Sharing, Step};
use arbitrary::{Arbitrary, Result, Unstructured};

type Input<'a, 'b> = &'a mut Unstructured<'b>;
type Dish = fn(Input<'_, '_>, Menu) -> Result<Op>;

/// Operations to choose from, one as often as it is named. What is nested is chosen from the same.
#[derive(Clone, Copy, Debug)]
pub struct Menu(&'static [Dish]);

/// Everything.
pub const EVERYTHING: Menu = Menu(&[
    create, read, write, edit, edit, clone, inspect, end, end, nest, together, seal, enclose, open, tamper, purge,
    take, queue, queue, rekey, look, fault, panic, share, share,
]);

/// What can be done with buffers and inside them.
pub const BUFFERS: Menu = Menu(&[
    create, read, read, write, write, edit, edit, clone, inspect, end, nest, nest, together, panic, purge, look,
]);

/// Streams, and what may come in between.
pub const STREAMS: Menu =
    Menu(&[queue, queue, queue, queue, queue, queue, queue, queue, queue, purge, rekey, look, read, nest, end]);

/// Views of the bytes as something else.
pub const VIEWS: Menu = Menu(&[create_fitting, create_fitting, read, read, read, read, read, write, edit, nest, end]);

/// Buffers from readers, and readers of buffers.
pub const READERS: Menu = Menu(&[take, take, take, take, read, edit, nest, clone, purge]);

/// What makes buffers come and go.
pub const COMINGS_AND_GOINGS: Menu =
    Menu(&[create, create, clone, clone, end, end, inspect, purge, look, look, nest, seal, open, share, queue, take]);

/// Everything, with many faults of the system.
pub const FAULTS: Menu = Menu(&[
    fault, fault, fault, fault, fault, create, create, read, write, edit, clone, end, nest, seal, enclose, open, queue,
    queue, queue, take, rekey, purge, look, share,
]);

/// What makes threads meet: shared buffers above all, their end, and what concerns the whole session.
#[rustfmt::skip]
const MEETINGS: Menu = Menu(&[
    share, share, share, share, share, share, share, share, end_shared, end_shared, end_shared, purge, purge, purge,
    rekey, rekey, nest, nest, create, read, clone, end, together, seal, open, queue, take, look, panic, fault,
]);

impl Menu {
    /// The next operation that the input means.
    pub(super) fn choose(self, input: Input<'_, '_>) -> Result<Op> {
        let number = u8::arbitrary(input)?;
        self.0[usize::from(number) % self.0.len()](input, self)
    }

    fn few(self, input: Input<'_, '_>) -> Result<Vec<Op>> {
        list(input, 4, |input| self.choose(input))
    }
}

impl<'b> Arbitrary<'b> for Op {
    fn arbitrary(input: &mut Unstructured<'b>) -> Result<Self> {
        EVERYTHING.choose(input)
    }
}

impl Program {
    /// The program that these bytes mean. Every input is one. Half of them start threads.
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert_eq!(Program::decode(b""), Program::decode(b""));
    /// assert!(!Program::decode(&[1; 64]).steps.is_empty());
    /// ```
    pub fn decode(input: &[u8]) -> Self {
        let mut input = Unstructured::new(input);
        Self::arbitrary(&mut input).unwrap_or_default()
    }

    /// The program of one thread that these bytes mean, with operations from this menu. Every input is one.
    pub fn decode_from(menu: Menu, input: &[u8]) -> Self {
        let mut input = Unstructured::new(input);
        let options = Options::arbitrary(&mut input).unwrap_or_default();
        let mut steps = Vec::new();
        while !input.is_empty() {
            // Nothing here refuses an input: where it ends, it goes on with zeros.
            steps.extend(menu.choose(&mut input).map(Step::Do));
        }
        Self { options, steps }
    }
}

impl Program {
    /// The program of several threads that these bytes mean. Every input is one.
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert!(Program::decode_threads(&[12; 100]).is_concurrent());
    /// ```
    pub fn decode_threads(input: &[u8]) -> Self {
        let mut input = Unstructured::new(input);
        let options = Options::arbitrary(&mut input).unwrap_or_default();
        let mut steps = Vec::new();
        while !input.is_empty() {
            // As above.
            steps.extend(meeting(&mut input));
        }
        Self { options, steps }
    }
}

/// A third of the steps start a thread: until some run there is nothing to schedule.
fn meeting(input: Input<'_, '_>) -> Result<Step> {
    Ok(match u8::arbitrary(input)? % 16 {
        0..10 => Step::Do(MEETINGS.choose(input)?),
        10..15 => Step::Spawn(list(input, 8, |input| MEETINGS.choose(input))?),
        _ => Step::Join,
    })
}

fn create(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Create { at: input.arbitrary()?, origin: input.arbitrary()?, len: length(input)? })
}

/// Every other buffer is exactly as long as something it can be viewed as, or one byte off: there is where views go wrong.
fn create_fitting(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    const FITTING: &[usize] = &[1, 2, 4, 8, ARRAY - 1, ARRAY, ARRAY + 1];
    let (at, origin) = (input.arbitrary()?, input.arbitrary()?);
    let len = if input.arbitrary()? { *input.choose(FITTING)? as u16 } else { length(input)? };
    Ok(Op::Create { at, origin, len })
}

fn read(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Read { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn write(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Write { at: input.arbitrary()?, by: input.arbitrary()?, offset: length(input)?, len: length(input)? })
}

/// Changes a buffer as a whole.
fn edit(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    let make = *input.choose(&[Op::Wipe, Op::Scramble, Op::Freeze, Op::Melt])?;
    Ok(make(input.arbitrary()?))
}

fn clone(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Clone { from: input.arbitrary()?, to: input.arbitrary()? })
}

fn inspect(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Inspect(input.arbitrary()?))
}

fn end(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    let make = *input.choose(&[Op::Destroy, Op::Drop])?;
    Ok(make(input.arbitrary()?))
}

fn nest(input: Input<'_, '_>, menu: Menu) -> Result<Op> {
    Ok(Op::Nest { at: input.arbitrary()?, by: input.arbitrary()?, ops: menu.few(input)? })
}

fn together(input: Input<'_, '_>, menu: Menu) -> Result<Op> {
    Ok(Op::Together { reads: input.arbitrary()?, writes: input.arbitrary()?, ops: menu.few(input)? })
}

fn seal(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Seal { at: input.arbitrary()?, shelf: input.arbitrary()? })
}

fn enclose(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Enclose { shelf: input.arbitrary()?, len: length(input)? })
}

fn open(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Open { shelf: input.arbitrary()?, at: input.arbitrary()? })
}

fn tamper(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Tamper { shelf: input.arbitrary()?, damage: input.arbitrary()? })
}

fn purge(_: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Purge)
}

fn take(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    let (at, by) = (input.arbitrary()?, input.arbitrary()?);
    Ok(Op::Take { at, by, reader: list(input, 8, |input| input.arbitrary())? })
}

fn queue(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Queue { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn rekey(_: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Rekey)
}

fn look(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Look(input.arbitrary()?))
}

fn fault(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Fault { call: input.arbitrary()?, after: small(input)? })
}

fn panic(_: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Panic)
}

fn share(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Share { at: input.arbitrary()?, by: input.arbitrary()? })
}

fn end_shared(input: Input<'_, '_>, _: Menu) -> Result<Op> {
    Ok(Op::Share { at: input.arbitrary()?, by: Sharing::Destroy })
}
