//! Reads and writes an actor's buffers.

use super::check::{AllowedErrors, Answer, exact, library_error, source_is_wiped_or_kept};
use super::nested::refusal;
use super::state::Actor;
use crate::ops::model::{Contents, OwnBuffer};
use crate::ops::parts::{ARRAY, ReadCall, WriteCall};
use crate::{Guarantee, Violation};
use crate::{ops::typed, thread};
use memguard::sync::Site;
use memguard::{Buffer, Error};
use std::io::{self, Read, Seek, SeekFrom};

/// How often a lingering read yields to other threads.
const LINGER: usize = 3;

impl Actor<'_> {
    pub(super) fn read(&mut self, held: &mut OwnBuffer, by: ReadCall) -> Result<(), Violation> {
        let (buffer, contents) = (&held.buffer, &held.contents);
        let got = match by {
            ReadCall::Guard => buffer.read().map(|bytes| contents.check(&bytes)),
            ReadCall::Try => buffer.try_read().map(|bytes| contents.check(&bytes)),
            ReadCall::Closure => buffer.with_data(|bytes| contents.check(bytes)),
            ReadCall::Linger => buffer.with_data(|bytes| {
                let before = contents.check(bytes);
                (0..LINGER).for_each(|_| thread::yield_now());
                before.and_then(|()| contents.check(bytes))
            }),
            ReadCall::Equals => compare(held),
            ReadCall::Typed(width) => typed::check(buffer, width, contents),
            ReadCall::Text => buffer.string_slice(|text| contents.check(text.as_bytes())),
            ReadCall::Array => buffer.byte_array(|array: &[u8; ARRAY]| contents.check_part(0, array)),
            ReadCall::Reader { from, step } => read_on(buffer, from.into(), step, contents),
        };
        let site = if by == ReadCall::Try { Site::BufferTryRead } else { Site::BufferRead };
        let view = held.unreadable(site).or_else(|| unfit(contents, by));
        let allowed = match by {
            ReadCall::Typed(_) | ReadCall::Text | ReadCall::Array => AllowedErrors::CREATE,
            _ => AllowedErrors::USE,
        };
        // The model does not know whether unknown bytes are text.
        let unknown_text = by == ReadCall::Text && contents.known().is_none();
        if unknown_text && matches!(got, Err(Error::NotUtf8 { .. })) {
            return Ok(());
        }
        let seen = self.check("reading", got, view, allowed)?.done(&mut held.dead);
        seen.unwrap_or(Ok(())).map_err(|how| exact(format!("read by {by:?}: {how}")))
    }

    pub(super) fn write(
        &mut self,
        held: &mut OwnBuffer,
        by: WriteCall,
        offset: usize,
        len: usize,
    ) -> Result<(), Violation> {
        let whole = held.contents.len();
        let checked = matches!(by, WriteCall::Copy | WriteCall::Move);
        // Guards and closures give exactly the buffer's bytes. A caller cannot ask for a part outside them.
        let (offset, len) =
            if checked { (offset, len) } else { (offset.min(whole), len.min(whole - offset.min(whole))) };
        let outside = offset + len > whole;
        let site = if by == WriteCall::Try { Site::BufferTryWrite } else { Site::BufferWrite };
        let wanted = held.unwritable(site).or(outside.then_some(Error::OutOfRange { offset, len, buffer_len: whole }));
        let bytes = self.next_content().bytes(len);
        let mut source = bytes.clone();
        let part = offset..offset + len;
        let got = match by {
            WriteCall::Guard => held.buffer.write().map(|mut all| all[part].copy_from_slice(&bytes)),
            WriteCall::Try => held.buffer.try_write().map(|mut all| all[part].copy_from_slice(&bytes)),
            WriteCall::Closure => held.buffer.with_data_mut(|all| all[part].copy_from_slice(&bytes)),
            WriteCall::Copy => held.buffer.copy_from_at(offset, &source),
            WriteCall::Move => held.buffer.move_from_at(offset, &mut source),
        };
        source_is_wiped_or_kept(&bytes, &source, got.is_ok() && by == WriteCall::Move)?;
        self.changed(held, "writing", got, wanted, |contents| contents.write(offset, &bytes))
    }

    /// Compares two buffers, or one with itself.
    pub(super) fn equals_buffer(&mut self, at: usize, with: usize) -> Result<(), Violation> {
        self.fill(at)?;
        self.fill(with)?;
        let environment = self.environment;
        self.buffers.iter_mut().flatten().for_each(|held| held.dead |= environment.purged_since(held.born));
        let (Some(one), Some(other)) = (&self.buffers[at], &self.buffers[with]) else { return Ok(()) };
        let got = one.buffer.equals_buffer(&other.buffer);
        let answer = self.check("equals_buffer", got, refusal(&[one, other], &[]), AllowedErrors::USE)?;
        let wanted = match (one.contents.known(), other.contents.known()) {
            _ if at == with => true,
            (Some(one), Some(other)) => one == other,
            // Nobody knows, unless the lengths differ.
            _ if one.contents.len() == other.contents.len() => return Ok(()),
            _ => false,
        };
        // One of them may be purged. The next use of each shows whether it is.
        let is_right = !matches!(answer, Answer::Done(equal) if equal != wanted);
        Violation::unless(is_right, Guarantee::Exact, || format!("equals_buffer returned {}", !wanted))
    }

    pub(super) fn wipe(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let (got, wanted) = (held.buffer.wipe(), held.unwritable(Site::BufferWrite));
        self.changed(held, "wipe", got, wanted, |contents| *contents = Contents::Known(vec![0; contents.len()]))
    }

    pub(super) fn scramble(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let (got, wanted) = (held.buffer.scramble(), held.unwritable(Site::BufferWrite));
        if matches!(got, Err(Error::System { .. })) {
            // Only this call may fail half-way.
            held.contents = Contents::Unknown(held.contents.len());
        }
        self.changed(held, "scramble", got, wanted, |contents| *contents = Contents::Random(contents.len()))
    }

    pub(super) fn protect(&mut self, held: &mut OwnBuffer, freeze: bool) -> Result<(), Violation> {
        let got = if freeze { held.buffer.freeze() } else { held.buffer.melt() };
        let answer = self.check("freeze or melt", got, held.unreadable(Site::BufferProtect), AllowedErrors::USE)?;
        if answer.done(&mut held.dead).is_some() {
            held.frozen = freeze;
        }
        Ok(())
    }

    /// Checks a call that changes the contents, and changes the model in the same way.
    fn changed(
        &self,
        held: &mut OwnBuffer,
        call: &str,
        got: memguard::Result<()>,
        wanted: Option<Error>,
        change: impl FnOnce(&mut Contents),
    ) -> Result<(), Violation> {
        if self.check(call, got, wanted, AllowedErrors::USE)?.done(&mut held.dead).is_some() {
            change(&mut held.contents);
        }
        Ok(())
    }
}

/// The error that a view must return because the bytes do not fit it.
fn unfit(contents: &Contents, by: ReadCall) -> Option<Error> {
    match by {
        ReadCall::Text => {
            let error = std::str::from_utf8(contents.known()?).err()?;
            Some(Error::NotUtf8 { valid_up_to: error.valid_up_to() })
        }
        ReadCall::Array if contents.len() < ARRAY => {
            Some(Error::OutOfRange { offset: 0, len: ARRAY, buffer_len: contents.len() })
        }
        _ => None,
    }
}

/// Reads from `from` to the end, `step` bytes at a time. A step of 0 counts as 1.
fn read_on(buffer: &Buffer, from: usize, step: u8, contents: &Contents) -> memguard::Result<Result<(), String>> {
    let mut reader = buffer.reader();
    let mut seen = Vec::new();
    let mut read = || -> io::Result<()> {
        reader.seek(SeekFrom::Start(from as u64))?;
        let mut part = vec![0; usize::from(step).max(1)];
        loop {
            match reader.read(&mut part)? {
                0 => return Ok(()),
                read => seen.extend_from_slice(&part[..read]),
            }
        }
    };
    read().map_err(library_error)?;
    let wanted = contents.len().saturating_sub(from);
    if seen.len() != wanted {
        return Ok(Err(format!("a reader at byte {from} returned {} bytes instead of {wanted}", seen.len())));
    }
    Ok(contents.check_part(from, &seen))
}

/// `equals` must be true for the right bytes, and false for one wrong bit and for a wrong length.
fn compare(held: &OwnBuffer) -> memguard::Result<Result<(), String>> {
    let Contents::Known(bytes) = &held.contents else {
        return held.buffer.with_data(|bytes| held.contents.check(bytes));
    };
    let mut wrong = bytes.clone();
    if let Some(last) = wrong.last_mut() {
        *last ^= 0x80;
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let answers = (held.buffer.equals(bytes)?, held.buffer.equals(&wrong)?, held.buffer.equals(&longer)?);
    Ok(match answers {
        (true, false, false) => Ok(()),
        answers => Err(format!("equals returned {answers:?} for the right bytes, a wrong bit and a wrong length")),
    })
}
