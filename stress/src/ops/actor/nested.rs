//! Operations inside accesses to an actor's own buffers.

use super::check::{AllowedErrors, Answer, exact};
use super::state::Actor;
use crate::ops::model::{Contents, OwnBuffer};
use crate::ops::op::Op;
use crate::ops::parts::EnterCall;
use crate::violation::Violation;
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
        let inside = if by.writes() { Contents::Known(content.bytes(contents.len())) } else { contents };
        let got = by.enter(
            &buffer,
            |bytes| content.fill(bytes),
            |bytes| self.run_inside(id, by.writes(), &inside, bytes, ops),
        );
        let mut dead = false;
        let ran = self.check("entering", got, wanted, AllowedErrors::USE)?.done(&mut dead);
        self.drop_left();
        if dead {
            self.known_dead(id);
        }
        ran.unwrap_or(Ok(()))
    }

    /// Enters several buffers at once and applies operations inside.
    pub(super) fn enter_several(&mut self, reads: u8, writes: u8, ops: &[Op]) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        let named = |mask: u8| (0..self.buffers.len().min(8)).filter(|at| mask >> at & 1 == 1).collect::<Vec<_>>();
        let (reads, writes) = (named(reads), named(writes));
        reads.iter().chain(&writes).try_for_each(|&at| self.fill(at))?;
        let content = self.next_content();
        let environment = self.environment;
        self.buffers.iter_mut().flatten().for_each(|held| held.dead |= environment.purged_since(held.born));
        let held = |places: &[usize]| places.iter().filter_map(|&at| self.buffers[at].as_ref()).collect::<Vec<_>>();
        let (reading, writing) = (held(&reads), held(&writes));
        let wanted = refusal(&reading, &writing);
        let kept = |list: &[&OwnBuffer]| {
            let kept = list.iter().map(|held| (held.id, Arc::clone(&held.buffer), held.contents.clone()));
            kept.collect::<Vec<_>>()
        };
        let (reading, writing) = (kept(&reading), kept(&writing));
        let read_from: Vec<&Buffer> = reading.iter().map(|(_, buffer, _)| &**buffer).collect();
        let written_to: Vec<&Buffer> = writing.iter().map(|(_, buffer, _)| &**buffer).collect();
        let ids: Vec<_> =
            reading.iter().map(|read| (read.0, false)).chain(writing.iter().map(|written| (written.0, true))).collect();
        let got = with_buffers(&read_from, &written_to, |read, write| {
            let unchanged =
                || read.iter().zip(&reading).try_for_each(|(bytes, (_, _, contents))| contents.check(bytes));
            unchanged().map_err(|how| exact(format!("with_buffers: {how}")))?;
            for (bytes, &(id, ..)) in write.iter_mut().zip(&writing) {
                content.fill(bytes);
                self.find(id, |held| held.contents = Contents::Known(content.bytes(held.contents.len())));
            }
            ids.iter().for_each(|&(id, writes)| self.enter(id, writes));
            let ran = ops.iter().try_for_each(|op| self.execute(op));
            ids.iter().for_each(|&(id, writes)| self.leave(id, writes));
            ran?;
            let written = unchanged().and_then(|()| write.iter().try_for_each(|bytes| content.check(bytes)));
            written.map_err(|how| exact(format!("changed inside with_buffers: {how}")))
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
        let changed = |how| exact(format!("inside an access: {how}"));
        contents.check(bytes).map_err(changed)?;
        if writes {
            self.find(id, |held| held.contents = contents.clone());
        }
        self.enter(id, writes);
        let ran = ops.iter().try_for_each(|op| self.execute(op));
        self.leave(id, writes);
        ran?;
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
pub(super) fn refusal(reading: &[&OwnBuffer], writing: &[&OwnBuffer]) -> Option<Error> {
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
