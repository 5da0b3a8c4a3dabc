//! Seals and opens an actor's enclaves.

use super::check::{AllowedErrors, Answer, exact, source_is_wiped_or_kept};
use super::state::Actor;
use crate::ops::model::{Contents, OwnBuffer, OwnEnclave};
use crate::ops::op::Op;
use crate::ops::parts::{Damage, ReadCall};
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Disposal, Enclave, Error};

impl Actor<'_> {
    pub(super) fn seal(&mut self, held: &mut OwnBuffer, to: usize) -> Result<(), Violation> {
        self.enclaves[to] = None;
        let wanted = held.unreadable(Site::BufferRead);
        let answer = self.check("Buffer::seal", held.buffer.seal(), wanted, AllowedErrors::CREATE)?;
        let Some(enclave) = answer.done(&mut held.dead) else { return Ok(()) };
        if held.is_inside() {
            // `seal` does not say so, but it has handed the wipe over to this thread.
            self.tally.disposal(Disposal::HandedOver);
        }
        Violation::unless(!held.buffer.is_alive(), Guarantee::Wiped, || "a buffer is alive after it was sealed")?;
        held.dead = true;
        self.enclaves[to] = Some(self.own_enclave(enclave, held.contents.clone()));
        Ok(())
    }

    pub(super) fn seal_bytes(&mut self, to: usize, len: usize) -> Result<(), Violation> {
        self.enclaves[to] = None;
        let Some(session) = self.session.clone() else { return Ok(()) };
        let bytes = self.next_content().bytes(len);
        let mut source = bytes.clone();
        let got = session.enclave(&mut source);
        source_is_wiped_or_kept(&bytes, &source, got.is_ok())?;
        let wanted = (len == 0).then_some(Error::EmptyLength);
        if let Answer::Done(enclave) = self.check("Session::enclave", got, wanted, AllowedErrors::SEAL)? {
            Violation::unless(enclave.len() == len, Guarantee::Exact, || {
                format!("{len} bytes sealed to {}", enclave.len())
            })?;
            self.enclaves[to] = Some(self.own_enclave(enclave, Contents::Known(bytes)));
        }
        Ok(())
    }

    pub(super) fn open(&mut self, from: usize, to: usize) -> Result<(), Violation> {
        self.with_enclave(from, |actor, own| {
            actor.vacate(to);
            let wanted = own.dead.then_some(Error::KeyGone);
            let answer = actor.check("Enclave::open", own.enclave.open(), wanted, AllowedErrors::OPEN)?;
            // A purge takes the key and the buffers in one step. So if it took the opened buffer, it took the key as
            // well.
            let Some(buffer) = answer.done(&mut own.dead) else { return Ok(()) };
            let (contents, born) = (own.contents.clone(), own.born);
            // A purge that has ended took either the key before this open read it, or this buffer.
            let dead = actor.environment.purged_since(born);
            let mut held = actor.held(buffer, contents, true, born);
            held.dead = dead;
            actor.read(&mut held, ReadCall::Closure)?;
            actor.buffers[to] = Some(held);
            Ok(())
        })
    }

    /// Looks at the bytes and applies operations meanwhile.
    pub(super) fn show(&mut self, from: usize, ops: &[Op]) -> Result<(), Violation> {
        if !self.may_nest() {
            return Ok(());
        }
        // The enclave keeps its place, so that a purge inside marks it as dead.
        self.with_enclave(from, |_, _| Ok(()))?;
        let Some(own) = &self.enclaves[from] else { return Ok(()) };
        let (enclave, contents) = (own.enclave.clone(), own.contents.clone());
        let wanted = own.dead.then_some(Error::KeyGone);
        let got = enclave.with_data(|bytes| {
            let unchanged = || contents.check(bytes).map_err(|how| exact(format!("Enclave::with_data: {how}")));
            unchanged()?;
            self.shown += 1;
            ops.iter().try_for_each(|op| self.execute(op))?;
            self.shown -= 1;
            unchanged()
        });
        // After a purge by another thread, the next use of the enclave finds it dead.
        match self.check("Enclave::with_data", got, wanted, AllowedErrors::SHOW)? {
            Answer::Done(ran) => ran,
            Answer::Refused | Answer::Purged | Answer::Limited => Ok(()),
        }
    }

    /// Opens an enclave into a buffer that is there.
    pub(super) fn open_into(&mut self, from: usize, to: usize) -> Result<(), Violation> {
        self.with_enclave(from, |actor, own| {
            actor.with(to, |actor, held| {
                let (len, buffer_len) = (own.contents.len(), held.contents.len());
                let too_short = Error::OutOfRange { offset: 0, len, buffer_len };
                let refused = held.unwritable(Site::BufferWrite).or((len > buffer_len).then_some(too_short));
                let wanted = refused.or(own.dead.then_some(Error::KeyGone));
                let got = own.enclave.open_into(&held.buffer);
                match actor.check("Enclave::open_into", got, wanted, AllowedErrors::OPEN)? {
                    Answer::Done(()) => held.contents.overwrite(&own.contents),
                    // Either the buffer or the key may be gone. The next use of each shows which.
                    Answer::Refused | Answer::Purged | Answer::Limited => {}
                }
                Ok(())
            })
        })
    }

    pub(super) fn tamper(&mut self, from: usize, damage: Damage) -> Result<(), Violation> {
        self.with_enclave(from, |actor, own| {
            let mut sealed = own.enclave.sealed().to_vec();
            let len = sealed.len();
            match damage {
                Damage::Flip(bit) => sealed[usize::from(bit) / 8 % len] ^= 1 << (bit % 8),
                Damage::Cut(by) => sealed.truncate(len - 1 - usize::from(by) % len),
                Damage::Extend => sealed.push(0),
                Damage::Nothing => return actor.bring_back(own, &sealed),
            }
            let Some(session) = actor.session.clone() else { return Ok(()) };
            // If the key's name is changed, no key has that name.
            let got = session.enclave_from_sealed(&sealed).and_then(|enclave| enclave.open());
            match got {
                Err(Error::Tampered | Error::KeyGone | Error::SealedTooShort { .. } | Error::OtherCipher { .. }) => {
                    Ok(())
                }
                Err(error) => {
                    let answer = actor.check::<()>("opening changed bytes", Err(error), None, AllowedErrors::OPEN)?;
                    answer.done(&mut own.dead);
                    Ok(())
                }
                Ok(_) => Err(exact(format!("changed bytes were opened ({damage:?})"))),
            }
        })
    }

    /// Checks that sealed bytes which left the session and came back open to the secret.
    fn bring_back(&mut self, own: &mut OwnEnclave, sealed: &[u8]) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let got = session.enclave_from_sealed(sealed).and_then(|enclave| enclave.open());
        let got = got.and_then(|buffer| buffer.with_data(|bytes| own.contents.check(bytes)));
        let wanted = own.dead.then_some(Error::KeyGone);
        let answer = self.check("opening bytes that came back", got, wanted, AllowedErrors::OPEN)?;
        answer.done(&mut own.dead).unwrap_or(Ok(())).map_err(exact)
    }

    /// An enclave that was just sealed.
    fn own_enclave(&self, enclave: Enclave, contents: Contents) -> OwnEnclave {
        OwnEnclave { enclave, contents, dead: false, born: self.environment.purges_begun() }
    }

    /// Runs `step` on the enclave in this slot. Seals one first if the slot is empty.
    fn with_enclave(
        &mut self,
        at: usize,
        step: impl FnOnce(&mut Self, &mut OwnEnclave) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        if self.enclaves[at].is_none() {
            self.seal_bytes(at, 32)?;
        }
        let Some(mut own) = self.enclaves[at].take() else { return Ok(()) };
        own.dead |= self.environment.purged_since(own.born);
        let result = step(self, &mut own);
        self.enclaves[at] = Some(own);
        result
    }
}
