//! Systems without a futex that all their versions have: parking_lot_core, whose key of a thread that waits is the
//! address of the word.

use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, FilterOp, ParkResult, park, unpark_filter};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

pub(in crate::sync::leaf) fn wait(word: &AtomicU32, value: u32, until: Option<Instant>) -> bool {
    let has_value = || word.load(Ordering::Relaxed) == value;
    // SAFETY: the key is the address of a word that belongs to this library. The closures neither panic nor call
    // parking_lot_core.
    let result = unsafe { park(ptr::from_ref(word).addr(), has_value, || {}, |_, _| {}, DEFAULT_PARK_TOKEN, until) };
    result != ParkResult::TimedOut
}

pub(in crate::sync::leaf) fn wake(word: &AtomicU32, most: u32) {
    let left = Cell::new(most);
    let next = |_| match left.get().checked_sub(1) {
        Some(after) => {
            left.set(after);
            FilterOp::Unpark
        }
        None => FilterOp::Stop,
    };
    // SAFETY: as in `wait`.
    unsafe { unpark_filter(ptr::from_ref(word).addr(), next, |_| DEFAULT_UNPARK_TOKEN) };
}
