//! What a child makes before it reaches a limit, and what must be true of it then and afterwards.

use crate::scenario::own_session::builder;
use memguard::{Buffer, Enclave, MlockPolicy, Session};

const LEN: usize = 100;

/// The length of a secret that needs new pages.
const LONG: usize = 20_000;

/// A session with a few secrets. It locks pages if it can, because another limit is the subject.
pub(super) struct Secrets {
    pub(super) session: Session,
    buffers: Vec<Buffer>,
    enclave: Enclave,
}

impl Secrets {
    pub(super) fn new() -> Result<Self, String> {
        let make = || {
            let session = builder(0).rekey_interval(None).mlock(MlockPolicy::Prefer).build()?;
            let buffers = (0..8).map(|_| session.buffer_from_bytes(&mut [7; LEN])).collect::<memguard::Result<_>>()?;
            let enclave = session.enclave(&mut [7; LEN])?;
            Ok(Self { session, buffers, enclave })
        };
        make().map_err(|error: memguard::Error| format!("before the limit: {error}"))
    }

    /// The bytes of all buffers are there.
    pub(super) fn are_whole(&self) -> Result<(), String> {
        match self.buffers.iter().all(|buffer| buffer.equals(&[7; LEN]) == Ok(true)) {
            true => Ok(()),
            false => Err("a secret made before the limit lost its bytes".into()),
        }
    }

    /// The limit is lifted, and all works again.
    pub(super) fn work_again(self) -> Result<(), String> {
        self.are_whole()?;
        let Self { session, buffers, enclave } = self;
        let again = || {
            let opened = enclave.open()?.equals(&[7; LEN])?;
            let made = session.buffer_from_bytes(&mut [8; LONG])?.seal()?.open()?.equals(&[8; LONG])?;
            Ok(opened && made)
        };
        match again() {
            Ok(true) => {}
            seen => return Err(format!("after the limit was lifted: {:?}", seen.map_err(|e: memguard::Error| e))),
        }
        drop((buffers, enclave));
        let health = session.health();
        let (left, dirty) = ((health.live_buffers, health.handed_over), session.audit().dirty_slots);
        let degraded = health.degraded;
        let (leaked, unwiped) = (degraded.leaked_slots, degraded.unwiped_slots);
        if (left, dirty, unwiped) != ((0, 0), 0, 0) || leaked > 0 {
            return Err(format!(
                "left (live, handed over) {left:?}, dirty {dirty}, unwiped {unwiped}, leaked {leaked}"
            ));
        }
        Ok(())
    }
}
