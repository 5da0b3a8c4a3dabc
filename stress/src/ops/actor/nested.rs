//! Operations inside accesses to an actor's own buffers.

use super::check::{AllowedErrors, Answer};
use super::state::Actor;
use crate::guarantee::{Guarantee, Violation};
use crate::ops::model::{Contents, OwnBuffer};
use crate::ops::op::Op;
use crate::ops::parts::EnterCall;
use memguard::sync::Site;
use memguard::{Buffer, Error, with_buffers};
use std::sync::Arc;

impl Actor<'_> {
    /// Enters the buffer at this place and applies operations inside.
    pub(super) fn nest(&mut self, at: usize, by: EnterCall, ops: &[Op]) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        self.fill(at)?;
        let content = self.next_content();
        let Some(held) = &mut self.buffers[at] else { return Ok(()) };
        held.dead |= self.environment.purged_since(held.born);
        let (id, buffer, contents) = (held.id, Arc::clone(&held.buffer), held.contents.clone());
        let wanted = if by.writes() { held.unwritable(Site::BufferWrite) } else { held.unreadable(Site::BufferRead) };
        let written = Contents::Known(content.bytes(contents.len()));
        let what = "entering";
        // The answer is checked before the nested operations run, because they have errors of their own.
        let got = match by {
            EnterCall::Read => match self.check(what, buffer.read(), wanted, AllowedErrors::USE)? {
                Answer::Done(bytes) => Answer::Done(self.run_inside(id, false, &contents, &bytes, ops)),
                other => other.map(|_| Ok(())),
            },
            EnterCall::Write => match self.check(what, buffer.write(), wanted, AllowedErrors::USE)? {
                Answer::Done(mut bytes) => {
                    content.fill(&mut bytes);
                    Answer::Done(self.run_inside(id, true, &written, &bytes, ops))
                }
                other => other.map(|_| Ok(())),
            },
            EnterCall::ReadClosure => {
                let got = buffer.with_data(|bytes| self.run_inside(id, false, &contents, bytes, ops));
                self.check(what, got, wanted, AllowedErrors::USE)?
            }
            EnterCall::WriteClosure => {
                let got = buffer.with_data_mut(|bytes| {
                    content.fill(bytes);
                    self.run_inside(id, true, &written, bytes, ops)
                });
                self.check(what, got, wanted, AllowedErrors::USE)?
            }
        };
        self.drop_left();
        match got {
            Answer::Done(ran) => ran?,
            Answer::Purged => self.known_dead(id),
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }

    /// Enters several buffers at once and applies operations inside.
    pub(super) fn enter_several(&mut self, reads: u8, writes: u8, ops: &[Op]) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        let named = |mask: u8, at: &usize| mask >> at & 1 == 1;
        let places = 0..self.buffers.len().min(8);
        let (reads, writes): (Vec<_>, Vec<_>) =
            (places.clone().filter(|at| named(reads, at)).collect(), places.filter(|at| named(writes, at)).collect());
        reads.iter().chain(&writes).try_for_each(|&at| self.fill(at))?;
        let content = self.next_content();
        let purged = |held: &OwnBuffer| self.environment.purged_since(held.born);
        let dead: Vec<u64> = self.buffers.iter().flatten().filter(|held| purged(held)).map(|held| held.id).collect();
        dead.into_iter().for_each(|id| self.known_dead(id));
        let reading: Vec<&OwnBuffer> = reads.iter().filter_map(|&at| self.buffers[at].as_ref()).collect();
        let writing: Vec<&OwnBuffer> = writes.iter().filter_map(|&at| self.buffers[at].as_ref()).collect();
        let wanted = refusal(&reading, &writing);
        let ids = |list: &[&OwnBuffer]| list.iter().map(|held| held.id).collect::<Vec<_>>();
        let (read_ids, write_ids) = (ids(&reading), ids(&writing));
        let seen: Vec<Contents> = reading.iter().map(|held| held.contents.clone()).collect();
        let buffers = |list: &[&OwnBuffer]| list.iter().map(|held| Arc::clone(&held.buffer)).collect::<Vec<_>>();
        let (read_buffers, write_buffers) = (buffers(&reading), buffers(&writing));
        let reading: Vec<&Buffer> = read_buffers.iter().map(|buffer| &**buffer).collect();
        let writing: Vec<&Buffer> = write_buffers.iter().map(|buffer| &**buffer).collect();
        let got = with_buffers(&reading, &writing, |read, write| {
            let right = read.iter().zip(&seen).try_for_each(|(bytes, contents)| contents.check(bytes));
            right.map_err(|how| Violation::new(Guarantee::Exact, format!("with_buffers: {how}")))?;
            for (bytes, &id) in write.iter_mut().zip(&write_ids) {
                content.fill(bytes);
                self.find(id, |held| held.contents = Contents::Known(content.bytes(held.contents.len())));
            }
            let inside = read_ids.iter().map(|&id| (id, false)).chain(write_ids.iter().map(|&id| (id, true)));
            let inside: Vec<_> = inside.collect();
            inside.iter().for_each(|&(id, writes)| self.enter(id, writes));
            ops.iter().try_for_each(|op| self.execute(op))?;
            inside.iter().for_each(|&(id, writes)| self.leave(id, writes));
            let right = read.iter().zip(&seen).try_for_each(|(bytes, contents)| contents.check(bytes));
            let written = right.and_then(|()| write.iter().try_for_each(|bytes| content.check(bytes)));
            written.map_err(|how| Violation::new(Guarantee::Exact, format!("changed inside with_buffers: {how}")))
        });
        let got = self.check("with_buffers", got, wanted, AllowedErrors::USE)?;
        self.drop_left();
        // One of them may be purged. The next use of each shows whether it is.
        if let Answer::Done(ran) = got { ran } else { Ok(()) }
    }

    /// Applies operations inside an access, and checks the bytes before and after.
    fn run_inside(
        &mut self,
        id: u64,
        writes: bool,
        contents: &Contents,
        bytes: &[u8],
        ops: &[Op],
    ) -> Result<(), Violation> {
        let changed = |how| Violation::new(Guarantee::Exact, format!("inside an access: {how}"));
        contents.check(bytes).map_err(changed)?;
        if writes {
            self.find(id, |held| held.contents = contents.clone());
        }
        self.enter(id, writes);
        ops.iter().try_for_each(|op| self.execute(op))?;
        self.leave(id, writes);
        contents.check(bytes).map_err(changed)
    }

    fn enter(&mut self, id: u64, writes: bool) {
        self.accesses += 1;
        self.find(id, |held| if writes { held.writer = true } else { held.readers += 1 });
    }

    fn leave(&mut self, id: u64, writes: bool) {
        self.accesses -= 1;
        self.find(id, |held| if writes { held.writer = false } else { held.readers -= 1 });
    }

    /// Drops the handles that were released inside the access that has just ended.
    fn drop_left(&mut self) {
        self.leaving.retain(OwnBuffer::is_inside);
    }

    fn known_dead(&mut self, id: u64) {
        self.find(id, |held| held.dead = true);
    }

    fn find(&mut self, id: u64, change: impl FnOnce(&mut OwnBuffer)) {
        let found = self.buffers.iter_mut().flatten().chain(&mut self.leaving).find(|held| held.id == id);
        if let Some(held) = found {
            change(held);
        }
    }
}

/// The error of the oldest buffer that cannot be entered.
fn refusal(reading: &[&OwnBuffer], writing: &[&OwnBuffer]) -> Option<Error> {
    let reads = reading.iter().map(|held| (held.id, held.unreadable(Site::BuffersRead)));
    let writes = writing.iter().map(|held| {
        let named_twice = reading.iter().any(|other| other.id == held.id);
        let reentrant = Error::Reentrant { site: Site::BuffersWrite.into() };
        let named_twice = (named_twice && !held.dead).then_some(reentrant);
        (held.id, named_twice.or(held.unwritable(Site::BuffersWrite)))
    });
    let mut all: Vec<_> = reads.chain(writes).collect();
    all.sort_by_key(|&(id, _)| id);
    all.into_iter().find_map(|(_, error)| error)
}
