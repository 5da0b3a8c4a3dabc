//! How an actor's buffers come and go.

use super::check::{AllowedErrors, Answer, source_is_wiped_or_kept};
use super::shared_check::SharedBefore;
use super::state::{Actor, SessionHandle};
use crate::guarantee::{Guarantee, Violation};
use crate::ops::model::{Contents, OwnBuffer};
use crate::ops::parts::Origin;
use memguard::sync::Site;
use memguard::{Buffer, Disposal, Error};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Actor<'_> {
    /// A buffer that has just come out of the library.
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
            // Either of the two was purged; the original will tell when it is used next.
            Answer::Refused | Answer::Purged | Answer::Limited => {}
        }
        Ok(())
    }

    pub(super) fn destroy(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let got = held.buffer.destroy();
        if let Answer::Done(disposal) = self.check("destroy", got, held.destroyed(), AllowedErrors::USE)? {
            self.tally.disposal(disposal);
            let wanted = if held.is_inside() { Disposal::HandedOver } else { Disposal::Wiped };
            if disposal != wanted {
                let what = format!("destroy says {disposal:?} of a buffer that must be {wanted:?}");
                return Err(Violation::new(Guarantee::Wiped, what));
            }
        }
        held.dead = true;
        Ok(())
    }

    pub(super) fn inspect(&mut self, held: &mut OwnBuffer) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let buffer = &held.buffer;
        let before = buffer.is_alive();
        let answers = (buffer.len(), buffer.is_empty(), session.exists(buffer), buffer.is_mutable());
        let after = buffer.is_alive();
        if after && (held.dead || !before) {
            return Err(Violation::new(Guarantee::Wiped, "a destroyed buffer is alive again"));
        }
        if !after && !held.dead && self.environment.purges.is_none() {
            return Err(Violation::new(Guarantee::Exact, "a buffer died that nobody destroyed"));
        }
        held.dead |= !after;
        let wanted = if after { (held.contents.len(), false, true, !held.frozen) } else { (0, true, false, false) };
        // A buffer that was purged between the two looks may have answered either way.
        if before == after && answers != wanted {
            let what = format!("len, is_empty, exists and is_mutable are {answers:?} instead of {wanted:?}");
            return Err(Violation::new(Guarantee::Visible, what));
        }
        Ok(())
    }

    pub(super) fn purge(&mut self) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let expected = self.knows_what_lives().then(|| self.before_own_purge());
        let before = SharedBefore::now(self.shared);
        let (report, alone) = match self.environment.purges {
            Some(watch) => watch.during(|| session.purge()),
            None => (session.purge(), true),
        };
        self.tally.purge(&report);
        if let Some(expected) = expected
            && (report.wiped, report.handed_over, report.corrupted) != (expected.0, expected.1, 0)
        {
            let what = format!("a purge found {report:?}; there were (free, in use) {expected:?} buffers");
            return Err(Violation::new(Guarantee::Wiped, what));
        }
        if report.corrupted > 0 {
            return Err(Violation::new(Guarantee::Wiped, format!("a purge found overwritten memory: {report:?}")));
        }
        self.after_own_purge(alone)?;
        self.check_purged(&before)
    }

    /// Gives this thread's handle of the session back. The last thread that does so ends the session.
    pub(in crate::ops) fn leave_session(&mut self) -> Result<(), Violation> {
        let Some(ending) = self.environment.session_end else { return Ok(()) };
        ending.store(true, Ordering::SeqCst);
        let before = SharedBefore::now(self.shared);
        let Some(SessionHandle::Counted(session)) = self.session.take() else { return Ok(()) };
        let Some(session) = Arc::into_inner(session) else { return Ok(()) };
        let (report, alone) = match self.environment.purges {
            Some(watch) => watch.during(|| session.close()),
            None => (session.close(), true),
        };
        if report.corrupted > 0 {
            return Err(Violation::new(
                Guarantee::Wiped,
                format!("a session's end found overwritten memory: {report:?}"),
            ));
        }
        self.after_own_purge(alone)?;
        self.check_purged(&before)
    }

    /// How many living buffers nobody is inside, and how many this thread is inside.
    fn before_own_purge(&self) -> (u64, u64) {
        let held = self.buffers.iter().flatten().chain(&self.leaving);
        let inside = held.filter(|held| held.is_alive() && held.is_inside()).count() as u64;
        let (shared, shared_inside) = self.living_shared();
        let free = self.living() - inside + shared - shared_inside;
        (free, inside + shared_inside)
    }

    /// A purge that this thread called has returned: everything that this thread made before is gone.
    ///
    /// Another purge may have taken the buffers first and still be on its way to wipe them, so that only a purge that
    /// was `alone` answers for all of them.
    pub(super) fn after_own_purge(&mut self, alone: bool) -> Result<(), Violation> {
        for held in self.buffers.iter_mut().flatten().chain(&mut self.leaving) {
            if alone && held.buffer.is_alive() {
                return Err(Violation::new(Guarantee::Wiped, "a purge returned and left a buffer alive"));
            }
            held.dead |= !held.buffer.is_alive();
        }
        // The key goes inside the purge in one step, whoever else purges.
        self.enclaves.iter_mut().flatten().for_each(|sealed_before| sealed_before.dead = true);
        // An open chunk is a buffer, which another purge may have taken and not yet doomed.
        let chunks = self.streams.iter_mut().flatten().flat_map(|queued| &mut queued.chunks);
        chunks.for_each(|chunk| chunk.dead |= alone || chunk.open == Some(false));
        Ok(())
    }
}
