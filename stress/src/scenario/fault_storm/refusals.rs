//! Which calls of the system are refused, and how often each was.

use crate::ops::{Choices, FaultySystem};
use memguard::Reply;
use std::array;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The calls that may be refused, by the names that `memguard::Fault::Nth` gives them. Each has the error numbers with
/// which kernels refuse it.
#[rustfmt::skip]
pub(super) const CALLS: [(&str, [i32; 2]); 8] = [
    ("mmap", [libc::ENOMEM, libc::EAGAIN]),
    ("mprotect", [libc::ENOMEM, libc::EACCES]),
    ("mlock", [libc::ENOMEM, libc::EAGAIN]),
    ("madvise", [libc::EINVAL, libc::EAGAIN]),
    ("memfd_secret", [libc::ENOSYS, libc::EMFILE]),
    ("discard", [libc::EINVAL, libc::ENOMEM]),
    ("munmap", [libc::ENOMEM, libc::EPERM]),
    ("getrandom", [libc::EAGAIN, libc::EIO]),
];

/// One of so many calls is refused. More often, and a buffer is hardly ever made.
const RATES: [usize; 4] = [4, 8, 16, 64];

/// How many mappings the system refuses to take back. They stay locked until the end of the phase, and not every
/// machine lets a process lock much.
const MOST_KEPT: u64 = 32;

/// Which calls one system refuses. The seed draws a rate for each call. Which calls of a thread are refused depends on
/// how the threads interleave.
#[derive(Debug)]
pub(super) struct Refusals {
    seed: u64,
    /// Whether calls are refused now.
    storms: AtomicBool,
    calls: [Call; CALLS.len()],
}

#[derive(Debug)]
struct Call {
    /// One of so many is refused.
    one_in: usize,
    made: AtomicU64,
    refused: AtomicU64,
}

impl Refusals {
    /// Draws the rates. Nothing is refused yet.
    pub(super) fn new(choices: &mut Choices) -> Self {
        Self::with(choices, |choices| choices.pick(&RATES))
    }

    /// Each call is refused as often as work can go on with. Nothing is refused yet.
    pub(super) fn of_all(choices: &mut Choices) -> Self {
        Self::with(choices, |_| RATES[0])
    }

    fn with(choices: &mut Choices, mut rate: impl FnMut(&mut Choices) -> usize) -> Self {
        let seed = choices.below(usize::MAX) as u64;
        let calls = array::from_fn(|_| {
            let (one_in, made, refused) = (rate(choices), AtomicU64::new(0), AtomicU64::new(0));
            Call { one_in, made, refused }
        });
        Self { seed, storms: AtomicBool::new(false), calls }
    }

    /// From now on calls are refused.
    pub(super) fn start(&self) {
        self.storms.store(true, Ordering::Relaxed);
    }

    /// From now on none is.
    pub(super) fn stop(&self) {
        self.storms.store(false, Ordering::Relaxed);
    }

    /// What becomes of a call. Takes no lock, because it runs under locks of the library.
    pub(super) fn decide(&self, name: &str) -> Reply {
        let known = CALLS.iter().zip(&self.calls).zip(0..).find(|((known, _), _)| known.0 == name);
        let Some((((_, errors), call), number)) = known else { return Reply::Obey };
        if !self.storms.load(Ordering::Relaxed) {
            return Reply::Obey;
        }
        let nth = call.made.fetch_add(1, Ordering::Relaxed);
        let mut choices = Choices::new(self.seed ^ nth, number);
        let may_refuse = || name != "munmap" || call.refused.load(Ordering::Relaxed) < MOST_KEPT;
        if !choices.one_in(call.one_in) || !may_refuse() {
            return Reply::Obey;
        }
        call.refused.fetch_add(1, Ordering::Relaxed);
        Reply::Refuse(choices.pick(errors))
    }

    /// How many calls of this name were refused.
    pub(super) fn of(&self, name: &str) -> u64 {
        let counts = CALLS.iter().zip(&self.calls).filter(|((known, _), _)| *known == name);
        counts.map(|(_, call)| call.refused.load(Ordering::Relaxed)).sum()
    }
}

impl FaultySystem for Refusals {
    fn faults_fired(&self) -> u64 {
        self.calls.iter().map(|call| call.refused.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{CALLS, MOST_KEPT, Refusals};
    use crate::ops::{Choices, FaultySystem as _};
    use memguard::Reply;

    #[test]
    fn every_call_is_refused_between_start_and_stop() {
        let refusals = Refusals::new(&mut Choices::new(7, 0));
        let ask = || {
            for (name, _) in CALLS.iter().cycle().take(4096 * CALLS.len()) {
                let _ = refusals.decide(name);
            }
        };
        ask();
        assert_eq!(refusals.faults_fired(), 0);
        refusals.start();
        ask();
        assert!(CALLS.iter().all(|(name, _)| refusals.of(name) > 16), "{refusals:?}");
        assert_eq!(refusals.of("munmap"), MOST_KEPT);
        refusals.stop();
        assert_eq!(refusals.decide("mmap"), Reply::Obey);
    }
}
