//! The buffers that the workers share. Any worker may destroy or replace one while others are inside.

use crate::places::Places;
use crate::scenario::Worker;
use crate::scenario::shared::stamped_buffer;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error};
use std::sync::Arc;

/// How many buffers the workers share.
pub(super) const SHARED: usize = 4;

/// Their length.
pub(super) const LEN: usize = 64;

/// The places of the buffers.
pub(super) type Shared = Places<Buffer, SHARED>;

/// The buffer at a place that is drawn. Makes one if there is none or it is gone. `None` if a purge takes the new one.
pub(super) fn buffer_at(worker: &mut Worker<'_>, shared: &Shared, at: usize) -> Result<Option<Arc<Buffer>>, Violation> {
    if let Some(buffer) = shared.get(at).filter(|buffer| buffer.is_alive()) {
        return Ok(Some(buffer));
    }
    let (session, seed, id) = (worker.session(), worker.seed(), worker.next_id());
    let made = worker.op("creating a shared buffer", || stamped_buffer(session, seed, id, LEN));
    match made {
        Ok(buffer) => {
            let buffer = Arc::new(buffer);
            drop(shared.put(at, Arc::clone(&buffer)));
            Ok(Some(buffer))
        }
        Err(Error::Destroyed) => Ok(None),
        Err(error) => Err(Violation::unexpected("creating a shared buffer", &error)),
    }
}

/// Destroys a shared buffer, whether or not a thread is inside.
pub(super) fn replace(worker: &mut Worker<'_>, shared: &Shared) -> Result<(), Violation> {
    let at = worker.choices.below(SHARED);
    let Some(old) = shared.take(at) else { return Ok(()) };
    match worker.op("destroying a shared buffer", || old.destroy()) {
        Ok(disposal) => worker.tally().disposal(disposal),
        Err(Error::Destroyed) => {}
        Err(error) => return Err(Violation::unexpected("destroy", &error)),
    }
    Violation::unless(!old.is_alive(), Guarantee::Wiped, || "a destroyed buffer is alive")
}
