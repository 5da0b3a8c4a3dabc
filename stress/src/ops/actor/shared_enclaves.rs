//! Operations on a shared enclave.

use super::check::source_is_wiped_or_kept;
use super::shared_check::READS;
use super::shared_state::{LEN, SharedBuffer, SharedEnclave, SharedState};
use super::state::Actor;
use crate::ops::parts::EnclaveCall;
use crate::ops::tagged;
use crate::ops::tally::Told;
use crate::{Guarantee, Violation};
use std::sync::Arc;

impl Actor<'_> {
    pub(super) fn use_shared_enclave(&mut self, at: usize, by: EnclaveCall) -> Result<(), Violation> {
        let Some(state) = self.shared else { return Ok(()) };
        match by {
            EnclaveCall::SealBytes => self.seal_shared_bytes(state, at).map(drop),
            EnclaveCall::Seal(from) => self.seal_shared(state, at, from.into()),
            EnclaveCall::Open(to) => {
                let Some(shared) = self.shared_enclave(state, at)? else { return Ok(()) };
                let got = shared.enclave.open();
                let Some(buffer) = self.check_making("open", got, true)? else { return Ok(()) };
                self.tally.note(Told::Opened);
                self.check_tagged("reading what was opened", &buffer, shared.id)?;
                state.buffers.put(to.into(), SharedBuffer::new(buffer, true));
                Ok(())
            }
            EnclaveCall::BringBack => self.bring_back_shared(state, at),
        }
    }

    /// The enclave at this place. Seals one first if the place is empty.
    fn shared_enclave(&mut self, state: &SharedState, at: usize) -> Result<Option<Arc<SharedEnclave>>, Violation> {
        match state.enclaves.get(at) {
            Some(there) => Ok(Some(there)),
            None => self.seal_shared_bytes(state, at),
        }
    }

    fn seal_shared_bytes(&mut self, state: &SharedState, at: usize) -> Result<Option<Arc<SharedEnclave>>, Violation> {
        let Some(session) = self.session.clone() else { return Ok(None) };
        let (id, mut source) = (state.next_id(), [0; LEN]);
        tagged::write(self.seed, id, &mut source);
        let before = source;
        let got = session.enclave(&mut source);
        source_is_wiped_or_kept(&before, &source, got.is_ok())?;
        let Some(enclave) = self.check_making("Session::enclave", got, false)? else { return Ok(None) };
        let sealed = Arc::new(SharedEnclave { enclave, id: Some(id) });
        state.enclaves.put(at, Arc::clone(&sealed));
        Ok(Some(sealed))
    }

    fn seal_shared(&mut self, state: &SharedState, at: usize, from: usize) -> Result<(), Violation> {
        let Some(shared) = self.shared_buffer(state, from)? else { return Ok(()) };
        self.tally.may_have_handed_over();
        let Some(enclave) = self.check_shared("seal", &shared, shared.buffer.seal(), READS)? else { return Ok(()) };
        Violation::unless(!shared.buffer.is_alive(), Guarantee::Wiped, || "a buffer is alive after it was sealed")?;
        state.enclaves.put(at, Arc::new(SharedEnclave { enclave, id: None }));
        Ok(())
    }

    /// Checks that sealed bytes which leave the session and come back open to the secret.
    fn bring_back_shared(&mut self, state: &SharedState, at: usize) -> Result<(), Violation> {
        let (Some(session), Some(shared)) = (self.session.clone(), self.shared_enclave(state, at)?) else {
            return Ok(());
        };
        let back = session.enclave_from_sealed(shared.enclave.sealed()).and_then(|enclave| enclave.open());
        match self.check_making("opening bytes that came back", back, true)? {
            Some(buffer) => self.check_tagged("reading bytes that came back", &buffer, shared.id),
            None => Ok(()),
        }
    }
}
