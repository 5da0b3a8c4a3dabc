//! Operations on a shared buffer.

use super::shared_check::{Access, READS, TRIES_TO_READ, TRIES_TO_WRITE, WRITES, whole};
use super::shared_state::{LEN, SharedBuffer, SharedState};
use super::state::Actor;
use crate::ops::op::SharedCall;
use crate::ops::tagged;
use crate::thread;
use crate::{Guarantee, Violation};
use memguard::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Actor<'_> {
    pub(super) fn use_shared(&mut self, at: usize, by: &SharedCall) -> Result<(), Violation> {
        let Some(state) = self.shared else { return Ok(()) };
        if *by == SharedCall::Replace {
            return self.new_shared(state, at).map(drop);
        }
        let Some(shared) = self.shared_buffer(state, at)? else { return Ok(()) };
        match by {
            SharedCall::Nest { by, ops } => self.nest_shared(state, &shared, *by, ops),
            SharedCall::Callback { ops } => self.call_back(&shared, ops),
            SharedCall::WithBuffers => self.write_one_read_others(state, at, &shared),
            SharedCall::Several { others, writes, reversed } => {
                self.enter_several_shared(state, at, *others, *writes, *reversed)
            }
            SharedCall::Read | SharedCall::TryRead => self.read_shared(&shared, *by == SharedCall::TryRead),
            SharedCall::Write | SharedCall::TryWrite => self.write_shared(state, &shared, *by == SharedCall::TryWrite),
            SharedCall::Freeze => {
                shared.frozen.store(true, Ordering::SeqCst);
                self.check_shared("freeze", &shared, shared.buffer.freeze(), READS).map(drop)
            }
            SharedCall::Melt => self.check_shared("melt", &shared, shared.buffer.melt(), READS).map(drop),
            SharedCall::Clone | SharedCall::CloneTo(_) => {
                let got = self.check_shared("try_clone", &shared, shared.buffer.try_clone(), READS)?;
                let Some(clone) = got else { return Ok(()) };
                self.check_tagged("reading a clone", &clone, None)?;
                if let SharedCall::CloneTo(to) = *by {
                    let frozen = shared.frozen.load(Ordering::SeqCst);
                    state.buffers.put(to.into(), SharedBuffer::new(clone, frozen));
                }
                Ok(())
            }
            SharedCall::Destroy => self.destroy_shared(&shared),
            SharedCall::TakeAndDestroy => state.buffers.take(at).map_or(Ok(()), |taken| self.destroy_shared(&taken)),
            SharedCall::Inspect => self.inspect_shared(&shared),
            SharedCall::Seal => self.seal_and_open_shared(state, at, &shared),
            SharedCall::Replace => Ok(()),
        }
    }

    /// The buffer at this place. Creates one first if the place has no live buffer.
    pub(super) fn shared_buffer(
        &mut self,
        state: &SharedState,
        at: usize,
    ) -> Result<Option<Arc<SharedBuffer>>, Violation> {
        let there = state.buffers.get(at);
        match there.filter(|there| there.buffer.is_alive() || self.is_inside(there)) {
            Some(there) => Ok(Some(there)),
            None => self.new_shared(state, at),
        }
    }

    fn new_shared(&mut self, state: &SharedState, at: usize) -> Result<Option<Arc<SharedBuffer>>, Violation> {
        let Some(session) = self.session.clone() else { return Ok(None) };
        let made = session.buffer(LEN).and_then(|buffer| {
            buffer.with_data_mut(|bytes| tagged::write(self.seed, state.next_id(), bytes))?;
            Ok(SharedBuffer::new(buffer, false))
        });
        let made = self.check_making("creating", made, false)?;
        if let Some(made) = &made {
            state.buffers.put(at, Arc::clone(made));
        }
        Ok(made)
    }

    /// Reads twice and yields in between.
    fn read_shared(&mut self, shared: &Arc<SharedBuffer>, tries: bool) -> Result<(), Violation> {
        let seed = self.seed;
        let look = |bytes: &[u8]| {
            let before = tagged::check(seed, bytes)?;
            thread::yield_now();
            let after = tagged::check(seed, bytes)?;
            if before == after { Ok(()) } else { Err("it changed during a read".into()) }
        };
        let seen = if tries {
            let got = shared.buffer.try_read().map(|bytes| look(&bytes));
            self.check_shared("try_read", shared, got, TRIES_TO_READ)?
        } else {
            self.check_shared("reading", shared, shared.buffer.with_data(look), READS)?
        };
        whole(seen.unwrap_or(Ok(())))
    }

    /// Writes in two steps and yields in between.
    fn write_shared(&mut self, state: &SharedState, shared: &Arc<SharedBuffer>, tries: bool) -> Result<(), Violation> {
        let seed = self.seed;
        let write = |bytes: &mut [u8]| {
            let before = tagged::check(seed, bytes).map(drop);
            let (left, _) = bytes.split_at_mut(LEN / 2);
            left.fill(0);
            thread::yield_now();
            tagged::write(seed, state.next_id(), bytes);
            before
        };
        let seen = if tries {
            let got = shared.buffer.try_write().map(|mut bytes| write(&mut bytes));
            self.check_shared("try_write", shared, got, TRIES_TO_WRITE)?
        } else {
            self.check_shared("writing", shared, shared.buffer.with_data_mut(write), WRITES)?
        };
        whole(seen.unwrap_or(Ok(())))
    }

    /// Destroys the buffer and checks that this thread cannot read it any more.
    fn destroy_shared(&mut self, shared: &Arc<SharedBuffer>) -> Result<(), Violation> {
        let got = shared.buffer.destroy().map(|disposal| self.tally.disposal(disposal));
        if self.check_shared("destroy", shared, got, Access { writes: false, tries: true })?.is_none() {
            return Ok(());
        }
        let read = shared.buffer.with_data(|_| ());
        let is_gone = !shared.buffer.is_alive() && read.is_err();
        Violation::unless(is_gone, Guarantee::Wiped, || "a destroyed buffer is alive or can be read")?;
        self.check_shared("reading after destroy", shared, read, READS).map(drop)
    }

    fn inspect_shared(&mut self, shared: &Arc<SharedBuffer>) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let buffer = &shared.buffer;
        let before = buffer.is_alive();
        let answers = (session.exists(buffer), buffer.len());
        let after = buffer.is_alive();
        let wanted = if after { (true, LEN) } else { (false, 0) };
        let is_wrong = !before && after || before == after && answers != wanted;
        Violation::unless(!is_wrong, Guarantee::Visible, || {
            format!("exists and len of a shared buffer are {answers:?} instead of {wanted:?}")
        })
    }

    fn seal_and_open_shared(
        &mut self,
        state: &SharedState,
        at: usize,
        shared: &Arc<SharedBuffer>,
    ) -> Result<(), Violation> {
        self.tally.may_have_handed_over();
        let got = shared.buffer.seal().and_then(|enclave| enclave.open());
        if let (Err(error @ Error::KeyGone), Some(_)) = (&got, self.environment.purges) {
            // A purge in between took the key.
            self.tally.error(error);
            return Ok(());
        }
        let Some(opened) = self.check_shared("seal and open", shared, got, READS)? else { return Ok(()) };
        self.check_tagged("reading what was sealed", &opened, None)?;
        state.buffers.put(at, SharedBuffer::new(opened, true));
        Ok(())
    }
}
