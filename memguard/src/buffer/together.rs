//! Entering several buffers at once.

use super::access::Depth;
use super::guard::{ReadGuard, WriteGuard};
use super::handle::Buffer;
use crate::Result;
use crate::sync::{Patience, Site};
use std::time::Duration;

/// Calls `user` inside a read of each of `reads` and a write of each of `writes`, with their bytes in the same order.
///
/// Use this function to wait for several buffers. A thread inside an ordinary access only *tries* to enter another
/// buffer, because two threads that wait for each other's buffers would wait for ever. This function enters the buffers
/// in an order that is the same for all threads. The order of the arguments does not matter. So its callers cannot
/// wait in a circle, and it may wait.
///
/// All or nothing: `user` is called with every buffer entered, or it is not called. An error leaves the buffers as
/// they were. The buffers may belong to several sessions. The same buffer may be read twice. A panic in `user` ends
/// the accesses as a return does.
///
/// If `user` returns a `Result`, [`flat()`](crate::FlatResult) merges it with that of this call.
///
/// # Errors
/// As [`Buffer::read`] and [`Buffer::write`] for the first buffer that cannot be entered. In particular:
///
/// - [`Error::Timeout`](crate::Error::Timeout) if the waits together take longer than the acquire timeout. With several
///   sessions, the shortest timeout counts.
/// - [`Error::WouldDeadlock`](crate::Error::WouldDeadlock) if this thread is already inside an access and another
///   thread is inside one of the buffers. Inside an access, this function does not wait.
/// - [`Error::Reentrant`](crate::Error::Reentrant) if a buffer of `writes` is named twice, in either list.
/// - [`Error::Frozen`](crate::Error::Frozen) if a buffer of `writes` is frozen.
///
/// ```
/// use memguard::{Buffer, with_buffers};
/// let (a, b, sum) = (Buffer::from_bytes(&mut [1, 2])?, Buffer::from_bytes(&mut [3, 4])?, Buffer::new(2)?);
/// with_buffers(&[&a, &b], &[&sum], |reads, writes| {
///     for (at, sum) in writes[0].iter_mut().enumerate() {
///         *sum = reads[0][at] + reads[1][at];
///     }
/// })?;
/// assert!(sum.equals(&[4, 6])?);
/// # Ok::<(), memguard::Error>(())
/// ```
#[cfg_attr(feature = "lockdep", track_caller)]
pub fn with_buffers<R>(
    reads: &[&Buffer],
    writes: &[&Buffer],
    user: impl FnOnce(&[&[u8]], &mut [&mut [u8]]) -> R,
) -> Result<R> {
    let doors = reads.iter().chain(writes).map(|buffer| buffer.core.door());
    let _doors: Vec<_> = doors.collect();
    let (reading, mut writing) = enter_all(reads, writes)?;
    let read: Vec<&[u8]> = reading.iter().flatten().map(|guard| &**guard).collect();
    let mut write: Vec<&mut [u8]> = writing.iter_mut().flatten().map(|guard| &mut **guard).collect();
    Ok(user(&read, &mut write))
}

/// A guard for each buffer, in the order of the arguments. The guards are taken in another order. At the end none is
/// `None`.
type Guards<'b> = (Vec<Option<ReadGuard<'b>>>, Vec<Option<WriteGuard<'b>>>);

/// One buffer to enter, and where its guard goes.
#[derive(Clone, Copy)]
enum Place {
    Read(usize),
    Write(usize),
}

#[cfg_attr(feature = "lockdep", track_caller)]
fn enter_all<'b>(reads: &[&'b Buffer], writes: &[&'b Buffer]) -> Result<Guards<'b>> {
    let places = (0..reads.len()).map(Place::Read).chain((0..writes.len()).map(Place::Write));
    let buffer = |place| match place {
        Place::Read(at) => reads[at],
        Place::Write(at) => writes[at],
    };
    let mut places: Vec<(u64, Place)> = places.map(|place| (buffer(place).node.lease.number(), place)).collect();
    places.sort_by_key(|&(number, _)| number);

    let timeouts = reads.iter().chain(writes).map(|buffer| buffer.core.acquire_timeout());
    let mut patience = Patience::new(timeouts.min().unwrap_or(Duration::ZERO));
    let depth = Depth::of_this_thread();
    let mut before = None;
    let mut guards: Guards<'b> = (reads.iter().map(|_| None).collect(), writes.iter().map(|_| None).collect());
    for (number, place) in places {
        // A buffer is named twice. This thread is inside it already, and would wait for itself.
        let depth = if before.replace(number) == Some(number) { Depth::Nested } else { depth };
        match place {
            Place::Read(at) => {
                let guard = reads[at].enter_to_read_among(Site::BuffersRead, depth, &mut patience)?;
                guards.0[at] = Some(guard);
            }
            Place::Write(at) => {
                let guard = writes[at].enter_to_write_among(Site::BuffersWrite, depth, &mut patience)?;
                guards.1[at] = Some(guard);
            }
        }
    }
    Ok(guards)
}
