//! The operations, each with what it checks.

use super::super::draw;
use super::shared::{Sealed, Stamp};
use super::tally::assert_no_fault;
use super::worker::{May, Worker};
use crate::saw;
use memguard::{Buffer, Disposal, Enclave, Error, Fault, Rekey, Session};
use std::sync::Arc;

/// How long the secrets are: less than a page, so that there is a canary to check, and a multiple of every integer.
pub(super) const LEN: usize = 16;

/// What the planted faults of the system's randomness say.
pub(super) const EAGAIN: i32 = 11;

pub(super) fn drawn_stamp() -> u8 {
    u8::try_from(draw(255) + 1).expect("at most 255")
}

/// The byte that all of these are.
pub(super) fn stamp_of(bytes: &[u8]) -> u8 {
    let stamp = bytes[0];
    assert_ne!(stamp, 0, "WIPED: an access saw wiped bytes");
    assert_eq!(bytes, [stamp; LEN], "EXACT: an access saw bytes of two secrets");
    stamp
}

impl Worker {
    fn session(&self) -> Option<Arc<Session>> {
        self.session.clone()
    }

    pub(super) fn create(&mut self) {
        let Some(session) = self.session() else { return };
        let Some(buffer) = self.judge("buffer", session.buffer(LEN), &[]) else { return };
        let stamp = drawn_stamp();
        if self.judge("copy_from", buffer.copy_from(&[stamp; LEN]), &[]).is_some() {
            self.shared.buffers.put(buffer);
        }
    }

    pub(super) fn create_from_bytes(&mut self) {
        let Some(session) = self.session() else { return };
        let stamp = drawn_stamp();
        let mut source = [stamp; LEN];
        match self.judge("buffer_from_bytes", session.buffer_from_bytes(&mut source), &[]) {
            Some(buffer) => {
                assert_eq!(source, [0; LEN], "WIPED: the source was left");
                self.shared.buffers.put(buffer);
            }
            None => assert_eq!(source, [stamp; LEN], "the source of a refused call was changed"),
        }
    }

    pub(super) fn random(&mut self) {
        let Some(session) = self.session() else { return };
        let Some(buffer) = self.judge("buffer_random", session.buffer_random(LEN), &[]) else { return };
        let read = buffer.with_data(|bytes| assert_ne!(bytes, [0; LEN], "WIPED: random bytes were wiped in an access"));
        self.judge("with_data", read, &[]);
    }

    pub(super) fn read(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        self.look(&buffer);
    }

    /// Reads twice with a step in between: an access that has begun sees the same bytes until it ends.
    fn look(&mut self, buffer: &Buffer) -> Option<u8> {
        let read = buffer.with_data(|bytes| {
            let stamp = stamp_of(bytes);
            buffer.is_alive();
            assert_eq!(stamp_of(bytes), stamp, "EXACT: the bytes changed during a read");
            stamp
        });
        self.judge("with_data", read, &[])
    }

    pub(super) fn write(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let stamp = drawn_stamp();
        let written = buffer.with_data_mut(|bytes| {
            stamp_of(bytes);
            let (left, right) = bytes.split_at_mut(LEN / 2);
            left.fill(stamp);
            // A step in the middle of the change: nobody may see it.
            buffer.is_alive();
            right.fill(stamp);
        });
        self.judge("with_data_mut", written, &[May::BeFrozen]);
    }

    pub(super) fn try_either(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        if draw(2) == 0 {
            let read = buffer.try_read().map(|bytes| stamp_of(&bytes));
            self.judge("try_read", read, &[May::Block]);
        } else {
            let written = buffer.try_write().map(|mut bytes| bytes.fill(drawn_stamp()));
            self.judge("try_write", written, &[May::Block, May::BeFrozen]);
        }
    }

    pub(super) fn protect(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        if draw(2) == 0 {
            self.judge("freeze", buffer.freeze(), &[]);
        } else {
            self.judge("melt", buffer.melt(), &[]);
        }
    }

    pub(super) fn clone_one(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let Some(clone) = self.judge("try_clone", buffer.try_clone(), &[]) else { return };
        self.look(&clone);
        self.shared.buffers.put(clone);
    }

    pub(super) fn seal_shared(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let Some(enclave) = self.judge("seal", buffer.seal(), &[]) else { return };
        self.tally.sealed += 1;
        assert!(!buffer.is_alive(), "WIPED: a sealed buffer lives on");
        self.shared.enclaves.put(Sealed { enclave, stamp: Stamp::Any });
    }

    pub(super) fn seal_bytes(&mut self) {
        let Some(session) = self.session() else { return };
        let stamp = drawn_stamp();
        let mut source = [stamp; LEN];
        let Some(enclave) = self.judge("enclave", session.enclave(&mut source), &[]) else { return };
        assert_eq!(source, [0; LEN], "WIPED: the source was left");
        self.shared.enclaves.put(Sealed { enclave, stamp: Stamp::Exactly(stamp) });
    }

    pub(super) fn open(&mut self) {
        let Some(sealed) = self.shared.enclaves.get() else { return };
        let Some(buffer) = self.opened(&sealed.enclave, sealed.stamp) else { return };
        self.shared.buffers.put(buffer);
    }

    fn opened(&mut self, enclave: &Enclave, stamp: Stamp) -> Option<Buffer> {
        let buffer = self.judge("open", enclave.open(), &[May::HaveNoKey])?;
        saw("opened");
        if let (Some(found), Stamp::Exactly(stamp)) = (self.look(&buffer), stamp) {
            assert_eq!(found, stamp, "EXACT: an enclave opened to another secret");
        }
        Some(buffer)
    }

    /// The sealed bytes leave the session and come back.
    pub(super) fn bring_back(&mut self) {
        let (Some(session), Some(sealed)) = (self.session(), self.shared.enclaves.get()) else { return };
        let back = session.enclave_from_sealed(sealed.enclave.sealed());
        let Some(enclave) = self.judge("enclave_from_sealed", back, &[]) else { return };
        self.opened(&enclave, sealed.stamp);
    }

    pub(super) fn destroy(&mut self) {
        let buffer = if draw(2) == 0 { self.shared.buffers.get() } else { self.shared.buffers.take() };
        let Some(buffer) = buffer else { return };
        let Some(disposal) = self.judge("destroy", buffer.destroy(), &[]) else { return };
        if disposal == Disposal::HandedOver {
            self.tally.handed_over += 1;
            saw("handed over by destroy");
        }
        assert!(!buffer.is_alive(), "WIPED: a destroyed buffer lives on");
        let read = buffer.with_data(|_| ());
        assert!(matches!(read, Err(Error::Destroyed | Error::Reentrant { .. })), "WIPED: read after destroy");
        self.judge("with_data", read, &[]);
    }

    pub(super) fn purge(&mut self) {
        // Not as often as the rest: it leaves the others with nothing to do.
        let Some(session) = self.session().filter(|_| draw(3) == 0) else { return };
        let (buffers, enclaves) = (self.shared.buffers.all(), self.shared.enclaves.all());
        let report = session.purge();
        self.tally.purges += 1;
        self.tally.handed_over += report.handed_over;
        assert_eq!(report.corrupted, 0, "a purge found overwritten memory");
        if report.handed_over > 0 {
            saw("handed over by purge");
        }
        assert!(buffers.iter().all(|buffer| !buffer.is_alive()), "WIPED: a buffer of before survives a purge");
        for sealed in enclaves {
            let opened = sealed.enclave.open();
            assert!(opened.is_err(), "WIPED: an enclave of before opens after a purge");
            self.judge("open", opened, &[May::HaveNoKey]);
        }
    }

    pub(super) fn rekey(&mut self) {
        let Some(session) = self.session() else { return };
        let result = session.rekey();
        self.tally.rekeys_failed += u64::from(matches!(result, Err(Error::System { .. })));
        match self.judge("rekey", result, &[]) {
            Some(Rekey::Done) => self.tally.rekeys += 1,
            Some(Rekey::Skipped) => {
                self.tally.rekeys_skipped += 1;
                saw("rekey skipped");
            }
            Some(Rekey::NoKey) | None => {}
            Some(other) => panic!("unknown: {other:?}"),
        }
    }

    /// The system gives no randomness, to whoever asks next or soon after: a seal, a new key, a rekey.
    pub(super) fn trouble(&mut self) {
        if draw(4) == 0 {
            let n = u64::try_from(draw(3) + 1).expect("at most 3");
            self.shared.sim.fail(Fault::Nth { call: "getrandom", n, errno: EAGAIN });
        }
    }

    /// Questions, which never fail.
    pub(super) fn ask(&mut self) {
        let Some(session) = self.session() else { return };
        match draw(3) {
            0 => assert_no_fault(&session.health()),
            1 => assert_eq!(session.audit().dirty_slots, 0, "WIPED: a free slot is not zero"),
            _ => {
                let Some(buffer) = self.shared.buffers.get() else { return };
                assert!(!session.exists(&buffer) || !self.shared.has_ended(), "WIPED: a buffer outlives its session");
            }
        }
    }

    pub(super) fn typed(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let stamp = buffer.uint32_slice(|integers| {
            let bytes: Vec<u8> = integers.iter().flat_map(|integer| integer.to_ne_bytes()).collect();
            stamp_of(&bytes)
        });
        self.judge("uint32_slice", stamp, &[]);
    }

    /// Any operations inside a read: in another thread the same two buffers may be taken in the other order.
    pub(super) fn nested_in_read(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let Some(bytes) = self.judge("read", buffer.read(), &[]) else { return };
        let stamp = stamp_of(&bytes);
        self.inside += 1;
        (0..1 + draw(2)).for_each(|_| self.operation());
        self.inside -= 1;
        assert_eq!(stamp_of(&bytes), stamp, "EXACT: the bytes changed during a read");
    }

    pub(super) fn nested_in_write(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let Some(mut bytes) = self.judge("write", buffer.write(), &[May::BeFrozen]) else { return };
        let stamp = drawn_stamp();
        bytes.fill(stamp);
        self.inside += 1;
        (0..1 + draw(2)).for_each(|_| self.operation());
        self.inside -= 1;
        assert_eq!(stamp_of(&bytes), stamp, "EXACT: the bytes changed during a write by somebody else");
    }

    /// Any operations inside the callback of a typed accessor, which is inside no access.
    pub(super) fn nested_in_callback(&mut self) {
        let Some(buffer) = self.shared.buffers.get() else { return };
        let called = buffer.uint64_slice(|integers| {
            let before = integers.to_vec();
            self.look(&buffer);
            (0..1 + draw(2)).for_each(|_| self.operation());
            assert_eq!(integers, before, "EXACT: the copy changed during the callback");
        });
        self.judge("uint64_slice", called, &[]);
    }
}
