//! Sealing and opening an actor's enclaves.

use super::judge::{Answer, May};
use super::{Actor, source_is_wiped_or_kept};
use crate::ops::Damage;
use crate::ops::record::{Contents, Held, Shelved};
use crate::{Guarantee, Violation};
use memguard::sync::Site;
use memguard::{Disposal, Enclave, Error};

impl Actor<'_> {
    pub(super) fn seal(&mut self, held: &mut Held, to: usize) -> Result<(), Violation> {
        self.shelf[to] = None;
        let may = May::BE_MADE;
        let wanted = held.unreadable(Site::BufferRead);
        match self.judge("Buffer::seal", held.buffer.seal(), wanted, may)? {
            Answer::Done(enclave) => {
                if held.is_inside() {
                    // It was not told, but it is certain.
                    self.tally.disposal(Disposal::HandedOver);
                }
                if held.buffer.is_alive() {
                    return Err(Violation::new(Guarantee::Wiped, "a buffer is alive after it was sealed"));
                }
                held.dead = true;
                self.shelf[to] = Some(self.shelved(enclave, held.contents.clone()));
            }
            Answer::Purged => held.dead = true,
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }

    pub(super) fn enclose(&mut self, to: usize, len: usize) -> Result<(), Violation> {
        self.shelf[to] = None;
        let bytes = self.next_content().bytes(len);
        let mut source = bytes.clone();
        let got = self.session.enclave(&mut source);
        source_is_wiped_or_kept(&bytes, &source, got.is_ok())?;
        let wanted = (len == 0).then_some(Error::EmptyLength);
        if let Answer::Done(enclave) = self.judge("Session::enclave", got, wanted, May::BE_SEALED)? {
            if enclave.len() != len {
                return Err(Violation::new(Guarantee::Exact, format!("{len} bytes sealed to {}", enclave.len())));
            }
            self.shelf[to] = Some(self.shelved(enclave, Contents::Known(bytes)));
        }
        Ok(())
    }

    pub(super) fn open(&mut self, from: usize, to: usize) -> Result<(), Violation> {
        self.on_shelf(from, |actor, shelved| {
            actor.vacate(to);
            let wanted = shelved.dead.then_some(Error::KeyGone);
            match actor.judge("Enclave::open", shelved.enclave.open(), wanted, May::BE_OPENED)? {
                Answer::Done(buffer) => {
                    let (contents, born) = (shelved.contents.clone(), shelved.born);
                    // A purge that has ended by now took the key before this open saw it, or else this buffer.
                    let dead = actor.hazards.purged_since(born);
                    let mut held = actor.held(buffer, contents, true, born);
                    held.dead = dead;
                    actor.read(&mut held, crate::ops::Reading::Closure)?;
                    actor.buffers[to] = Some(held);
                }
                // Also where the buffer was purged and not the key: both go in one step, and the enclave is older.
                Answer::Purged => shelved.dead = true,
                Answer::Refused | Answer::Limited => {}
            }
            Ok(())
        })
    }

    pub(super) fn tamper(&mut self, from: usize, damage: Damage) -> Result<(), Violation> {
        self.on_shelf(from, |actor, shelved| {
            let mut sealed = shelved.enclave.sealed().to_vec();
            let len = sealed.len();
            match damage {
                Damage::Flip(bit) => sealed[usize::from(bit) / 8 % len] ^= 1 << (bit % 8),
                Damage::Cut(by) => sealed.truncate(len - 1 - usize::from(by) % len),
                Damage::Extend => sealed.push(0),
                Damage::Nothing => return actor.bring_back(shelved, &sealed),
            }
            // A changed name of the key is the name of no key.
            let got = actor.session.enclave_from_sealed(&sealed).and_then(|enclave| enclave.open());
            match got {
                Err(Error::Tampered | Error::KeyGone | Error::SealedTooShort { .. }) => Ok(()),
                Err(error) => {
                    let answer = actor.judge("opening changed bytes", Err::<(), _>(error), None, May::BE_OPENED)?;
                    shelved.dead |= matches!(answer, Answer::Purged);
                    Ok(())
                }
                Ok(_) => Err(Violation::new(Guarantee::Exact, format!("changed bytes were opened ({damage:?})"))),
            }
        })
    }

    /// Bytes that left the session and came back open to what was sealed.
    fn bring_back(&mut self, shelved: &mut Shelved, sealed: &[u8]) -> Result<(), Violation> {
        let got = self.session.enclave_from_sealed(sealed).and_then(|enclave| enclave.open());
        let got = got.and_then(|buffer| buffer.with_data(|bytes| shelved.contents.check(bytes)));
        let wanted = shelved.dead.then_some(Error::KeyGone);
        match self.judge("opening bytes that came back", got, wanted, May::BE_OPENED)? {
            Answer::Done(seen) => return seen.map_err(|how| Violation::new(Guarantee::Exact, how)),
            Answer::Purged => shelved.dead = true,
            Answer::Refused | Answer::Limited => {}
        }
        Ok(())
    }

    /// An enclave that was just sealed.
    fn shelved(&self, enclave: Enclave, contents: Contents) -> Shelved {
        Shelved { enclave, contents, dead: false, born: self.hazards.purges_begun() }
    }

    /// Runs `step` on the enclave on this shelf, which is made first if there is none.
    fn on_shelf(
        &mut self,
        at: usize,
        step: impl FnOnce(&mut Self, &mut Shelved) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        if self.shelf[at].is_none() {
            self.enclose(at, 32)?;
        }
        let Some(mut shelved) = self.shelf[at].take() else { return Ok(()) };
        shelved.dead |= self.hazards.purged_since(shelved.born);
        let result = step(self, &mut shelved);
        self.shelf[at] = Some(shelved);
        result
    }
}
