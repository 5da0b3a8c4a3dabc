//! Applies operations. Each one goes to the function that makes the call and checks the answer.

use super::state::Actor;
use crate::ops::op::Op;
use crate::ops::parts::{EnterCall, ReadCall, StreamCall};
use crate::violation::Violation;
use crate::{planted, thread};

impl Actor<'_> {
    /// Applies one operation and checks the answer.
    ///
    /// # Errors
    /// The broken guarantee.
    pub fn apply(&mut self, op: &Op) -> Result<(), Violation> {
        let result = planted::survive(|| self.execute(op)).unwrap_or_else(|| {
            self.was_unwound();
            Ok(())
        });
        result.inspect_err(|_| self.forget())
    }

    /// Applies one operation, at top level or nested in another.
    pub(super) fn execute(&mut self, op: &Op) -> Result<(), Violation> {
        self.fired_before = self.faults_fired();
        let (places, enclaves) = (self.buffers.len(), self.enclaves.len());
        let (place, slot) = (|at: u8| usize::from(at) % places, |at: u8| usize::from(at) % enclaves);
        match *op {
            Op::Create { at, origin, len } => self.create(place(at), origin, len.into()),
            Op::Read { at, by } => self.with(place(at), |actor, held| actor.read(held, by)),
            Op::Write { at, by, offset, len } => {
                self.with(place(at), |actor, held| actor.write(held, by, offset.into(), len.into()))
            }
            Op::Wipe(at) => self.with(place(at), Self::wipe),
            Op::Scramble(at) => self.with(place(at), Self::scramble),
            Op::Freeze(at) => self.with(place(at), |actor, held| actor.protect(held, true)),
            Op::Melt(at) => self.with(place(at), |actor, held| actor.protect(held, false)),
            Op::Clone { from, to } => self.with(place(from), |actor, held| actor.clone_to(held, place(to))),
            Op::Inspect(at) => self.with(place(at), |actor, held| actor.inspect(held)),
            Op::Destroy(at) => self.with(place(at), |actor, held| actor.destroy(held)),
            Op::Drop(at) => {
                self.vacate(place(at));
                Ok(())
            }
            Op::Seal { at, slot: to } => self.with(place(at), |actor, held| actor.seal(held, slot(to))),
            Op::SealBytes { slot: to, len } => self.seal_bytes(slot(to), len.into()),
            Op::Open { slot: from, at } => self.open(slot(from), place(at)),
            Op::Tamper { slot: from, damage } => self.tamper(slot(from), damage),
            Op::Show { slot: from, ref ops } => self.show(slot(from), ops),
            Op::OpenInto { slot: from, at } => self.open_into(slot(from), place(at)),
            Op::Compare { at, with } => self.equals_buffer(place(at), place(with)),
            Op::Purge => self.purge(),
            Op::PurgeInside(at) => self.nest(place(at), EnterCall::ReadClosure, &[Op::Purge]),
            Op::Nest { at, by, ref ops } => self.nest(place(at), by, ops),
            Op::WithBuffers { reads, writes, ref ops } => self.enter_several(reads, writes, ops),
            Op::FromReader { at, by, ref reader } => self.create_from_reader(place(at), by, reader),
            Op::Stream { at, by } => self.use_stream(usize::from(at) % self.streams.len(), by),
            Op::Rekey => self.rekey(),
            Op::Query(query) => self.query(query),
            Op::Fault { call, after } => {
                self.plant(call, after);
                Ok(())
            }
            Op::Panic if self.accesses + self.shown > 0 => thread::planted_panic(),
            Op::Panic => Ok(()),
            Op::PanicInRekey => self.panic_in_rekey(),
            Op::Shared { at, ref by } => self.use_shared(at.into(), by),
            Op::SharedEnclave { at, by } => self.use_shared_enclave(at.into(), by),
            Op::SharedStream { at, by } => self.use_shared_stream(at.into(), by),
            Op::LeaveSession => self.leave_session(),
            Op::ExpireWaits => {
                self.waits_expire |= thread::expire_waits();
                Ok(())
            }
        }
    }

    /// Compares every buffer with the model.
    ///
    /// # Errors
    /// The broken guarantee.
    pub fn verify(&mut self) -> Result<(), Violation> {
        self.fired_before = self.faults_fired();
        for at in 0..self.buffers.len() {
            if self.buffers[at].is_some() {
                self.with(at, |actor, held| actor.read(held, ReadCall::Closure))?;
            }
        }
        (0..self.streams.len()).try_for_each(|at| self.use_stream(at, StreamCall::Len))
    }

    /// Checks the actor after a purge at rest: no buffer is left, and no enclave opens.
    ///
    /// # Errors
    /// The broken guarantee.
    pub fn was_purged(&mut self) -> Result<(), Violation> {
        self.after_own_purge(true)?;
        self.verify()?;
        (0..self.enclaves.len()).try_for_each(|at| if self.enclaves[at].is_some() { self.open(at, 0) } else { Ok(()) })
    }
}
