//! Reading and writing an actor's buffers.

use super::judge::{Answer, May};
use super::{Actor, Held, source_is_wiped_or_kept};
use crate::ops::record::Contents;
use crate::ops::{Reading, Writing, typed};
use crate::{Guarantee, Violation};
use memguard::Error;

/// How often a thread that lingers lets others run.
const LINGER: usize = 3;

impl Actor<'_> {
    pub(super) fn read(&mut self, held: &mut Held, by: Reading) -> Result<(), Violation> {
        let (buffer, contents) = (&held.buffer, &held.contents);
        let got = match by {
            Reading::Guard => buffer.read().map(|bytes| contents.check(&bytes)),
            Reading::Try => buffer.try_read().map(|bytes| contents.check(&bytes)),
            Reading::Closure => buffer.with_data(|bytes| contents.check(bytes)),
            Reading::Linger => buffer.with_data(|bytes| {
                let before = contents.check(bytes);
                (0..LINGER).for_each(|_| std::thread::yield_now());
                before.and_then(|()| contents.check(bytes))
            }),
            Reading::Equals => compare(held),
            Reading::Typed(width) => typed::check(buffer, width, contents),
        };
        let may = if matches!(by, Reading::Typed(_)) { May::BE_MADE } else { May::BE_USED };
        match self.judge("reading", got, held.destroyed(), may)? {
            Answer::Done(Ok(())) => {}
            Answer::Done(Err(how)) => return Err(Violation::new(Guarantee::Exact, format!("read by {by:?}: {how}"))),
            Answer::Purged => held.dead = true,
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }

    pub(super) fn write(&mut self, held: &mut Held, by: Writing, offset: usize, len: usize) -> Result<(), Violation> {
        let whole = held.contents.len();
        let checked = matches!(by, Writing::Copy | Writing::Move);
        // Guards and closures hand out exactly the bytes there are: a part outside cannot be asked for.
        let (offset, len) =
            if checked { (offset, len) } else { (offset.min(whole), len.min(whole - offset.min(whole))) };
        let outside = offset + len > whole;
        let wanted = held
            .destroyed()
            .or(held.frozen.then_some(Error::Frozen))
            .or(outside.then_some(Error::OutOfRange { offset, len, buffer_len: whole }));
        let bytes = self.next_content().bytes(len);
        let mut source = bytes.clone();
        let part = offset..offset + len;
        let got = match by {
            Writing::Guard => held.buffer.write().map(|mut all| all[part].copy_from_slice(&bytes)),
            Writing::Try => held.buffer.try_write().map(|mut all| all[part].copy_from_slice(&bytes)),
            Writing::Closure => held.buffer.with_data_mut(|all| all[part].copy_from_slice(&bytes)),
            Writing::Copy => held.buffer.copy_from_at(offset, &source),
            Writing::Move => held.buffer.move_from_at(offset, &mut source),
        };
        source_is_wiped_or_kept(&bytes, &source, got.is_ok() && by == Writing::Move)?;
        self.changed(held, "writing", got, wanted, |contents| contents.write(offset, &bytes))
    }

    pub(super) fn wipe(&mut self, held: &mut Held) -> Result<(), Violation> {
        let (got, wanted) = (held.buffer.wipe(), held.unwritable());
        self.changed(held, "wipe", got, wanted, |contents| *contents = Contents::Known(vec![0; contents.len()]))
    }

    pub(super) fn scramble(&mut self, held: &mut Held) -> Result<(), Violation> {
        let (got, wanted) = (held.buffer.scramble(), held.unwritable());
        self.changed(held, "scramble", got, wanted, |contents| *contents = Contents::Random(contents.len()))
    }

    pub(super) fn protect(&mut self, held: &mut Held, freeze: bool) -> Result<(), Violation> {
        let got = if freeze { held.buffer.freeze() } else { held.buffer.melt() };
        match self.judge("freeze or melt", got, held.destroyed(), May::BE_USED)? {
            Answer::Done(()) => held.frozen = freeze,
            Answer::Purged => held.dead = true,
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }

    /// Purges from inside a read: what this thread reads stays readable until it leaves, and is gone then.
    pub(super) fn purge_inside(&mut self, held: &mut Held) -> Result<(), Violation> {
        let got = held.buffer.with_data(|bytes| {
            let alone = self.purge_now();
            (held.contents.check(bytes), alone, held.buffer.is_alive())
        });
        match self.judge("reading", got, held.destroyed(), May::BE_USED)? {
            Answer::Done((Err(how), ..)) => {
                Err(Violation::new(Guarantee::Exact, format!("bytes changed under a reader that purged: {how}")))
            }
            Answer::Done((Ok(()), true, true)) => {
                Err(Violation::new(Guarantee::Wiped, "a purge inside a read left the buffer alive"))
            }
            Answer::Done((Ok(()), alone, alive)) => {
                held.dead |= !alive;
                self.after_own_purge(alone)
            }
            Answer::Purged => {
                held.dead = true;
                Ok(())
            }
            Answer::Refused | Answer::Limited => Ok(()),
        }
    }

    /// Judges a call that changes the contents, and changes the record alike.
    fn changed(
        &self,
        held: &mut Held,
        call: &str,
        got: memguard::Result<()>,
        wanted: Option<Error>,
        change: impl FnOnce(&mut Contents),
    ) -> Result<(), Violation> {
        match self.judge(call, got, wanted, May::BE_USED)? {
            Answer::Done(()) => change(&mut held.contents),
            Answer::Purged => held.dead = true,
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }
}

impl Held {
    fn unwritable(&self) -> Option<Error> {
        self.destroyed().or(self.frozen.then_some(Error::Frozen))
    }
}

/// `equals` must say yes to the right bytes, and no to one wrong bit and to a wrong length.
fn compare(held: &Held) -> memguard::Result<Result<(), String>> {
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
        answers => Err(format!("equals says {answers:?} of the right bytes, a wrong bit and a wrong length")),
    })
}
