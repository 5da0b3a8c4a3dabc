//! Creates and destroys an actor's buffers.

use super::check::{AllowedErrors, Answer, source_is_wiped_or_kept};
use super::state::{Actor, SessionHandle};
use crate::ops::model::{Contents, OwnBuffer};
use crate::ops::parts::Origin;
use crate::thread;
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Buffer, Disposal, Error};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Actor<'_> {
    /// The model of a buffer that the library has just returned.
    pub(super) fn held(&mut self, buffer: Buffer, contents: Contents, frozen: bool, born: u64) -> OwnBuffer {
        let (id, buffer) = (self.next_id(), Arc::new(buffer));
        OwnBuffer { id, buffer, contents, frozen, dead: false, born, readers: 0, writer: false }
    }

    pub(super) fn create(&mut self, at: usize, origin: Origin, len: usize) -> Result<(), Violation> {
        self.vacate(at);
        let Some(session) = self.session.clone() else { return Ok(()) };
        let wanted = (len == 0).then_some(Error::EmptyLength);
        let content = self.next_content();
        let (got, contents) = match origin {
            Origin::Zeros => (session.buffer(len), Contents::Known(vec![0; len])),
            Origin::Random => (session.buffer_random(len), Contents::Random(len)),
            Origin::Bytes | Origin::Text => {
                let bytes = if origin == Origin::Text { content.text(len) } else { content.bytes(len) };
                let mut source = bytes.clone();
                let got = session.buffer_from_bytes(&mut source);
                source_is_wiped_or_kept(&bytes, &source, got.is_ok())?;
                (got, Contents::Known(bytes))
            }
        };
        if let Answer::Done(buffer) = self.check("creating a buffer", got, wanted, AllowedErrors::CREATE)? {
            let (frozen, born) = (origin != Origin::Zeros, self.environment.purges_begun());
            self.buffers[at] = Some(self.held(buffer, contents, frozen, born));
        }
        Ok(())
    }

    pub(super) fn clone_to(&mut self, held: &mut OwnBuffer, to: usize) -> Result<(), Violation> {
        self.vacate(to);
        let got = held.buffer.try_clone();
        match self.check("try_clone", got, held.unreadable(Site::BufferRead), AllowedErrors::CREATE)? {
            Answer::Done(buffer) => {
                let (contents, frozen, born) = (held.contents.clone(), held.frozen, held.born);
                self.buffers[to] = Some(self.held(buffer, contents, frozen, born));
            }
            // One of the two may be purged. The next use of the original shows whether it is.
            Answer::Refused | Answer::Purged | Answer::Limited => {}
        }
        Ok(())
    }

    pub(super) fn destroy(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let got = held.buffer.destroy();
        if let Answer::Done(disposal) = self.check("destroy", got, held.destroyed(), AllowedErrors::USE)? {
            self.tally.disposal(disposal);
            let wanted = if held.is_inside() { Disposal::HandedOver } else { Disposal::Wiped };
            Violation::unless(disposal == wanted, Guarantee::Wiped, || {
                format!("destroy returned {disposal:?} instead of {wanted:?}")
            })?;
        }
        held.dead = true;
        Ok(())
    }

    pub(super) fn inspect(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let buffer = &held.buffer;
        let taken = self.acquisitions();
        let before = buffer.is_alive();
        let answers = (buffer.len(), buffer.is_empty(), session.exists(buffer), buffer.is_mutable());
        let after = buffer.is_alive();
        let took_none = taken == self.acquisitions();
        Violation::unless(
            took_none,
            Guarantee::Progress,
            || "len, is_empty, exists, is_mutable or is_alive took a lock",
        )?;
        Violation::unless(!after || before && !held.dead, Guarantee::Wiped, || "a destroyed buffer is alive again")?;
        let may_be_dead = held.dead || self.environment.purges.is_some();
        Violation::unless(after || may_be_dead, Guarantee::Exact, || "a buffer that no thread destroyed is dead")?;
        held.dead |= !after;
        let wanted = if after { (held.contents.len(), false, true, !held.frozen) } else { (0, true, false, false) };
        // If the buffer was purged between the two looks, either answer is right.
        Violation::unless(before != after || answers == wanted, Guarantee::Visible, || {
            format!("len, is_empty, exists and is_mutable are {answers:?} instead of {wanted:?}")
        })
    }

    pub(super) fn purge(&mut self) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let expected = self.knows_living().then(|| self.before_own_purge());
        let before = self.shared_now();
        let (report, alone) = self.environment.purge(|| session.purge());
        self.tally.purge(&report);
        // Several faults at once may leave a buffer unwiped, and the report says so.
        let ended = (report.wiped + report.failed, report.handed_over);
        let is_told = expected.is_none_or(|there| there == ended) && (report.failed == 0 || self.a_fault_fired());
        Violation::unless(is_told, Guarantee::Wiped, || {
            format!("a purge reported {report:?}, and there were {expected:?} buffers (free, in use)")
        })?;
        Violation::unless(report.corrupted == 0, Guarantee::Wiped, || {
            format!("a purge found overwritten memory: {report:?}")
        })?;
        let shown = self.shown as u64;
        Violation::unless(report.handed_over.min(report.pending) >= shown, Guarantee::Wiped, || {
            format!("a purge reported {report:?}, and its thread looked at {shown} opened secrets")
        })?;
        self.after_own_purge(alone)?;
        self.check_purged(&before)
    }

    /// Returns this thread's session handle. The last thread that does so ends the session.
    pub(in crate::ops) fn leave_session(&mut self) -> Result<(), Violation> {
        let Some(ending) = self.environment.session_end else { return Ok(()) };
        ending.store(true, Ordering::SeqCst);
        let before = self.shared_now();
        let Some(SessionHandle::Counted(session)) = self.session.take() else { return Ok(()) };
        let Some(session) = Arc::into_inner(session) else { return Ok(()) };
        let (report, alone) = self.environment.purge(|| session.close());
        Violation::unless(report.corrupted == 0, Guarantee::Wiped, || {
            format!("closing a session found overwritten memory: {report:?}")
        })?;
        self.after_own_purge(alone)?;
        self.check_purged(&before)
    }

    /// How often locks were asked for, if no other thread can do so now.
    fn acquisitions(&self) -> Option<u64> {
        if self.environment.alone { thread::acquisitions() } else { None }
    }

    /// How many live buffers this thread is not inside, and how many it is inside.
    fn before_own_purge(&self) -> (u64, u64) {
        let held = self.buffers.iter().flatten().chain(&self.leaving);
        let inside = held.filter(|held| held.is_alive() && held.is_inside()).count() as u64;
        let (shared, shared_inside) = self.living_shared();
        let free = self.living() - inside + shared - shared_inside;
        (free, inside + shared_inside + self.shown as u64)
    }

    /// Checks the model after a purge that this thread called. Everything that this thread made before is gone.
    ///
    /// Another purge may have taken the buffers first and may still be wiping them. So they must all be dead only if
    /// the purge ran `alone`.
    pub(super) fn after_own_purge(&mut self, alone: bool) -> Result<(), Violation> {
        for held in self.buffers.iter_mut().flatten().chain(&mut self.leaving) {
            let is_left = alone && held.buffer.is_alive();
            Violation::unless(!is_left, Guarantee::Wiped, || "a purge returned and left a buffer alive")?;
            held.dead |= !held.buffer.is_alive();
        }
        // Every purge takes the key in one step, also beside other purges.
        self.enclaves.iter_mut().flatten().for_each(|sealed_before| sealed_before.dead = true);
        // An open chunk is a buffer. Another purge may have taken it and not doomed it yet.
        let chunks = self.streams.iter_mut().flatten().flat_map(|queued| &mut queued.chunks);
        chunks.for_each(|chunk| chunk.dead |= alone || chunk.open == Some(false));
        Ok(())
    }
}
