//! Operations inside shared buffers, and inside callbacks that get a copy of one.

use super::shared_check::{Access, READS, WRITES, distinct, whole};
use super::shared_state::{Entered, LEN, SharedBuffer, SharedState};
use super::state::Actor;
use crate::ops::op::Op;
use crate::ops::parts::EnterCall;
use crate::ops::tagged;
use crate::ops::tally::Told;
use crate::places::Places;
use crate::thread;
use crate::violation::Violation;
use memguard::{Buffer, Error, with_buffers};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Actor<'_> {
    pub(super) fn nest_shared(
        &mut self,
        state: &SharedState,
        shared: &Arc<SharedBuffer>,
        by: EnterCall,
        ops: &[Op],
    ) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        let (seed, id) = (self.seed, state.next_id());
        let run_inside = |bytes: &[u8]| {
            let before = tagged::check(seed, bytes);
            self.accesses += 1;
            self.entered.push(Entered { shared: Arc::clone(shared), writes: by.writes() });
            let ran = ops.iter().try_for_each(|op| self.execute(op));
            self.entered.pop();
            self.accesses -= 1;
            ran?;
            let after = tagged::check(seed, bytes);
            if before == after { whole(before.map(drop)) } else { whole(Err("it changed during an access".into())) }
        };
        let got = by.enter(&shared.buffer, |bytes| tagged::write(seed, id, bytes), run_inside);
        let access = if by.writes() { WRITES } else { READS };
        self.check_shared("entering", shared, got, access)?.unwrap_or(Ok(()))
    }

    /// Reads the buffer as integers. The callback gets a copy and holds no access, so it enters the same buffer again.
    pub(super) fn call_back(&mut self, shared: &Arc<SharedBuffer>, ops: &[Op]) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        let seed = self.seed;
        let got = shared.buffer.uint64_slice(|integers| {
            let bytes = || integers.iter().flat_map(|integer| integer.to_ne_bytes()).collect::<Vec<u8>>();
            let before = tagged::check(seed, &bytes());
            self.callbacks.push(Arc::clone(shared));
            let read = shared.buffer.with_data(|bytes| tagged::check(seed, bytes).map(drop));
            let read = self.check_shared("reading in a callback", shared, read, READS);
            let read = read.and_then(|read| whole(read.unwrap_or(Ok(()))));
            let ran = read.and_then(|()| ops.iter().try_for_each(|op| self.execute(op)));
            self.callbacks.pop();
            ran?;
            let unchanged = before == tagged::check(seed, &bytes());
            whole(before.map(drop))?;
            if unchanged { Ok(()) } else { whole(Err("the copy changed during its callback".into())) }
        });
        self.check_shared("uint64_slice", shared, got, READS)?.unwrap_or(Ok(()))
    }

    /// Writes this buffer and reads the other shared buffers in one call.
    pub(super) fn write_one_read_others(
        &mut self,
        state: &SharedState,
        at: usize,
        shared: &Arc<SharedBuffer>,
    ) -> Result<(), Violation> {
        let count = Places::<SharedBuffer, 3>::COUNT;
        let others = (0..count).filter(|&other| other != at % count).filter_map(|at| state.buffers.get(at));
        // One buffer may be found at two places, one after the other.
        let others: Vec<_> = others.filter(|other| !Arc::ptr_eq(other, shared)).collect();
        self.enter_at_once(state, &others, std::slice::from_ref(shared))
    }

    /// Enters this buffer and those at the named places, all to read or all to write.
    pub(super) fn enter_several_shared(
        &mut self,
        state: &SharedState,
        at: usize,
        others: u8,
        writes: bool,
        reversed: bool,
    ) -> Result<(), Violation> {
        let count = Places::<SharedBuffer, 3>::COUNT;
        let named = |place: &usize| *place == at % count || others >> place & 1 == 1;
        let mut all = distinct((0..count).filter(named).filter_map(|at| state.buffers.get(at)));
        if reversed {
            all.reverse();
        }
        if writes { self.enter_at_once(state, &[], &all) } else { self.enter_at_once(state, &all, &[]) }
    }

    fn enter_at_once(
        &mut self,
        state: &SharedState,
        reads: &[Arc<SharedBuffer>],
        writes: &[Arc<SharedBuffer>],
    ) -> Result<(), Violation> {
        let reading: Vec<&Buffer> = reads.iter().map(|shared| &shared.buffer).collect();
        let writing: Vec<&Buffer> = writes.iter().map(|shared| &shared.buffer).collect();
        let seed = self.seed;
        let got = with_buffers(&reading, &writing, |reads, writes| {
            reads.iter().try_for_each(|bytes| tagged::check(seed, bytes).map(drop))?;
            thread::yield_now();
            writes.iter_mut().try_for_each(|bytes| {
                let before = tagged::check(seed, bytes).map(drop);
                bytes[..LEN / 2].fill(0);
                thread::yield_now();
                tagged::write(seed, state.next_id(), bytes);
                before
            })
        });
        if reads.len() + writes.len() > 1 && !matches!(got, Err(Error::Destroyed)) {
            self.tally.note(Told::SeveralAtOnce);
        }
        // Any one of the buffers can be the cause of an error.
        let all = || reads.iter().map(|shared| (shared, READS)).chain(writes.iter().map(|shared| (shared, WRITES)));
        let blamed = all().find(|&(shared, access)| self.accounts_for(shared, access, &got)).or_else(|| all().next());
        match blamed {
            Some((shared, access)) => whole(self.check_shared("with_buffers", shared, got, access)?.unwrap_or(Ok(()))),
            None => Ok(()),
        }
    }

    /// Whether this buffer can be the cause of the answer.
    fn accounts_for<T>(&self, shared: &Arc<SharedBuffer>, access: Access, got: &memguard::Result<T>) -> bool {
        match got {
            Ok(_) | Err(Error::Reentrant { .. }) => self.excludes(shared, access),
            Err(Error::Destroyed) => !shared.buffer.is_alive(),
            Err(Error::Frozen) => access.writes && shared.frozen.load(Ordering::SeqCst),
            Err(_) => false,
        }
    }
}
