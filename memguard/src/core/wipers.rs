//! Which threads have a secret in hand that they are going to wipe. A purge that returns before one of them names it.

use crate::sync::{OnDrop, impl_drop, thread_number};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many threads can be noted at a time. More are not known.
const SEATS: usize = 16;

/// The threads, each in a seat of its own. Only people read it and no code decides anything by it, so relaxed accesses
/// suffice, and models do not see it.
#[derive(Debug, Default)]
pub(crate) struct Wipers([Seat; SEATS]);

/// The number of a thread, or 0. On a cache line of its own, so threads that take different seats share none.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Seat(AtomicU32);

/// This thread is noted until this is dropped.
#[derive(Debug)]
pub(crate) struct Wiper<'w> {
    seat: Option<&'w AtomicU32>,
    thread: u32,
}

impl Wipers {
    /// Notes the calling thread. It may be noted more than once.
    #[inline]
    pub(crate) fn note(&self) -> Wiper<'_> {
        let thread = thread_number();
        let first = thread as usize % SEATS;
        let seat = (0..SEATS)
            .map(|step| &self.0[(first + step) % SEATS].0)
            .find(|seat| seat.load(Ordering::Relaxed) == 0)
            .inspect(|seat| seat.store(thread, Ordering::Relaxed));
        Wiper { seat, thread }
    }

    /// One of the threads.
    pub(crate) fn any(&self) -> Option<u32> {
        self.0.iter().map(|seat| seat.0.load(Ordering::Relaxed)).find(|&thread| thread != 0)
    }
}

impl OnDrop for Wiper<'_> {
    #[inline]
    fn on_drop(&mut self) {
        // Two threads that found the same seat free at one moment have both taken it. Then one of them is not known.
        if let Some(seat) = self.seat.filter(|seat| seat.load(Ordering::Relaxed) == self.thread) {
            seat.store(0, Ordering::Relaxed);
        }
    }
}

impl_drop!(Wiper<'_>);
