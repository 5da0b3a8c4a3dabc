//! Sessions that come and go while their system refuses calls: the build, each use and the end.

use super::home::{KINDS, given_back, system_of};
use super::refusals::Refusals;
use crate::scenario::Worker;
use crate::scenario::own_session::builder;
use crate::{Guarantee, Violation};
use memguard::{Degraded, Error, Session};
use std::sync::Arc;

const LEN: usize = 100;

/// Builds a session, uses it and ends it. The system may refuse any call, also those that build the session.
pub(super) fn visit(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let refusals = Arc::new(Refusals::new(&mut worker.choices));
    refusals.start();
    let system = system_of(&refusals);
    let (_, configure) = worker.choices.pick(&KINDS);
    let content = worker.next_content();
    let seen = worker.op("a session on a system that refuses calls", || {
        let session = configure(builder(1).rekey_interval(None)).refusing(&system).build()?;
        let used = use_once(&session, &mut content.bytes(LEN));
        session.purge();
        Ok((used, session.health().degraded))
    });
    // Nothing is refused while the rest is given back.
    refusals.stop();
    let (used, degraded) = seen.unwrap_or_else(|error| (Err(error), Degraded::default()));
    match used {
        Ok(is_same) => {
            Violation::unless(is_same, Guarantee::Exact, || "a secret lost its bytes on a system that refuses calls")?
        }
        Err(error) if is_refusal(&error) => {}
        Err(error) => return Err(Violation::unexpected("a call on a system that refuses calls", &error)),
    }
    given_back(&system, &degraded)
}

/// Moves the bytes through each kind of thing. Returns whether they are the same at the end.
fn use_once(session: &Session, bytes: &mut [u8]) -> memguard::Result<bool> {
    let before = bytes.to_vec();
    let buffer = session.buffer_from_bytes(bytes)?;
    buffer.freeze()?;
    let opened = buffer.try_clone()?.seal()?.open()?;
    let is_same = buffer.equals(&before)? && opened.equals(&before)?;
    let _disposal = buffer.destroy()?;
    Ok(is_same)
}

/// Whether the error is what a refused call of the system becomes.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::System { .. } | Error::Control { .. } | Error::Limit(_) | Error::Unwiped)
}
