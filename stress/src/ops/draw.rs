//! Draws operations at random.

use super::{Choices, Damage, Op, Origin, ReadCall, ReadStep, ReaderCall, StreamCall, Width, WriteCall};

/// Operations to draw, each with its weight.
pub type Mix = &'static [(usize, fn(&mut Choices) -> Op)];

impl Op {
    /// Draws an operation.
    ///
    /// # Panics
    /// If the mix is empty.
    pub fn draw(choices: &mut Choices, mix: Mix) -> Self {
        let mut drawn = choices.below(mix.iter().map(|(weight, _)| weight).sum());
        for &(weight, make) in mix {
            match drawn.checked_sub(weight) {
                Some(rest) => drawn = rest,
                None => return make(choices),
            }
        }
        panic!("a mix needs at least one operation with a weight above 0")
    }
}

impl Choices {
    /// A place of an actor, or another number that is used modulo a count.
    fn place(&mut self) -> u8 {
        self.below(1 << 8) as u8
    }

    /// [`length`](Self::length), or 0 once in 64 times. No buffer has that length.
    fn length_or_none(&mut self) -> u16 {
        if self.one_in(64) { 0 } else { self.length() as u16 }
    }
}

/// Draws an [`Op::Create`].
pub fn create(choices: &mut Choices) -> Op {
    let origin = choices.pick(&[Origin::Zeros, Origin::Bytes, Origin::Text, Origin::Random]);
    Op::Create { len: choices.length_or_none(), origin, at: choices.place() }
}

/// Draws an [`Op::Read`].
pub fn read(choices: &mut Choices) -> Op {
    use ReadCall::{Array, Closure, Equals, Guard, Reader, Text, Try};
    use Width::{I8, I16, I32, I64, U8, U16, U32, U64};
    let typed = ReadCall::Typed(choices.pick(&[I8, I16, I32, I64, U8, U16, U32, U64]));
    let reader = Reader { from: choices.place(), step: choices.place() };
    let by = choices.pick(&[Guard, Try, Closure, Equals, typed, Text, Array, reader]);
    Op::Read { at: choices.place(), by }
}

/// Draws a lingering [`Op::Read`].
pub fn linger(choices: &mut Choices) -> Op {
    Op::Read { at: choices.place(), by: ReadCall::Linger }
}

/// Draws an [`Op::Write`]. Some reach outside the buffer.
pub fn write(choices: &mut Choices) -> Op {
    let by = choices.pick(&[WriteCall::Guard, WriteCall::Try, WriteCall::Closure, WriteCall::Copy, WriteCall::Move]);
    let offset = if choices.one_in(3) { choices.below(128) as u16 } else { 0 };
    Op::Write { at: choices.place(), by, offset, len: choices.length() as u16 }
}

/// Draws an [`Op::Clone`].
pub fn clone(choices: &mut Choices) -> Op {
    Op::Clone { from: choices.place(), to: choices.place() }
}

/// Draws an [`Op::SealBytes`] or an [`Op::Seal`].
pub fn seal(choices: &mut Choices) -> Op {
    if choices.one_in(2) {
        Op::Seal { at: choices.place(), slot: choices.place() }
    } else {
        Op::SealBytes { len: choices.length_or_none(), slot: choices.place() }
    }
}

/// Draws an [`Op::Open`].
pub fn open(choices: &mut Choices) -> Op {
    Op::Open { slot: choices.place(), at: choices.place() }
}

/// Draws an [`Op::Tamper`].
pub fn tamper(choices: &mut Choices) -> Op {
    let (bit, by) = (choices.below(1 << 16) as u16, choices.place());
    let damage =
        choices.pick(&[Damage::Flip(bit), Damage::Flip(bit), Damage::Cut(by), Damage::Extend, Damage::Nothing]);
    Op::Tamper { slot: choices.place(), damage }
}

/// Draws an operation that has no part but its buffer.
pub fn simple(choices: &mut Choices) -> Op {
    let make: fn(u8) -> Op =
        choices.pick(&[Op::Wipe, Op::Scramble, Op::Freeze, Op::Melt, Op::Inspect, Op::Freeze, Op::Melt]);
    make(choices.place())
}

/// Draws an [`Op::Destroy`] or an [`Op::Drop`].
pub fn end(choices: &mut Choices) -> Op {
    let make: fn(u8) -> Op = choices.pick(&[Op::Destroy, Op::Drop]);
    make(choices.place())
}

/// Draws an [`Op::Purge`] or an [`Op::PurgeInside`].
pub fn purge(choices: &mut Choices) -> Op {
    if choices.one_in(2) { Op::Purge } else { Op::PurgeInside(choices.place()) }
}

/// Draws an [`Op::Stream`].
pub fn stream(choices: &mut Choices) -> Op {
    let len = choices.length() as u16;
    let by = choices.pick(&[
        StreamCall::Write(len),
        StreamCall::Move(len),
        StreamCall::Read(len),
        StreamCall::Read(len),
        StreamCall::Next,
        StreamCall::Next,
        StreamCall::Drain,
        StreamCall::Len,
        StreamCall::Clear,
    ]);
    Op::Stream { at: choices.place(), by }
}

/// Draws an [`Op::FromReader`] with a reader that does not panic.
pub fn from_reader(choices: &mut Choices) -> Op {
    let (len, place) = (choices.length() as u16, choices.place());
    let by = choices.pick(&[ReaderCall::Exactly(len), ReaderCall::Until(place), ReaderCall::Everything]);
    let answers = choices.below(5);
    let step = |choices: &mut Choices| {
        let bytes = ReadStep::Bytes(choices.length() as u16);
        choices.pick(&[bytes, bytes, bytes, ReadStep::Interrupt, ReadStep::Fail])
    };
    let reader = (0..answers).map(|_| step(choices)).collect();
    Op::FromReader { at: choices.place(), by, reader }
}
