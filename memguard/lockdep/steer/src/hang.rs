//! What the threads of an execution hold and wait for when none of them can go on.

use memguard_lockdep::scheduler::Ask;
use memguard_lockdep::{Acquisition, Kind, Report, Step, ThreadState, Wait};
use std::collections::HashMap;

/// No thread can go on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hang {
    pub(crate) threads: Vec<ThreadState>,
    /// What threads asked for and have not got. A lock that only tells the checker may be waited for by other means.
    pub(crate) asked: Vec<Ask>,
}

/// What each thread asked for and has not got, while the execution runs.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<usize, Vec<Ask>>);

impl Asked {
    pub(crate) fn note(&mut self, thread: usize, ask: &Ask) {
        let earlier = self.0.entry(thread).or_default();
        // It got what it holds now, and has moved on from where it held more.
        earlier
            .retain(|earlier| !has(&ask.held, &earlier.wanted) && earlier.held.iter().all(|held| has(&ask.held, held)));
        if ask.wait == Wait::Block {
            earlier.push(ask.clone());
        }
    }

    pub(crate) fn all(&self) -> Vec<Ask> {
        self.0.values().flatten().cloned().collect()
    }
}

fn has(locks: &[Acquisition], lock: &Acquisition) -> bool {
    locks.iter().any(|other| other.instance == lock.instance)
}

impl Hang {
    /// Whether the threads wait for each other as the report says: for each step another thread.
    pub(crate) fn is_of(&self, report: &Report) -> bool {
        !report.steps.is_empty() && self.covers(&report.steps, &mut Vec::new())
    }

    fn covers(&self, steps: &[Step], busy: &mut Vec<usize>) -> bool {
        let Some((step, others)) = steps.split_first() else { return true };
        for (at, thread) in self.threads.iter().enumerate() {
            if busy.contains(&at) || !self.is_at(step, thread) {
                continue;
            }
            busy.push(at);
            if self.covers(others, busy) {
                return true;
            }
            busy.pop();
        }
        false
    }

    fn is_at(&self, step: &Step, thread: &ThreadState) -> bool {
        let holds = !is_held_by_its_thread(step) || thread.holds.iter().any(|lock| lock.class == step.held.class);
        let Some(waits) = thread.waits else { return false };
        holds && (waits.class == step.wanted.class || self.asked.iter().any(|ask| self.waits_for(step, thread, ask)))
    }

    /// Whether this is what the thread asked for last, and another thread holds it.
    fn waits_for(&self, step: &Step, thread: &ThreadState, ask: &Ask) -> bool {
        let of_thread = !ask.held.is_empty() && ask.held.iter().all(|held| has(&thread.holds, held));
        let others = self.threads.iter().filter(|other| *other != thread);
        ask.wanted.class == step.wanted.class && of_thread && others.into_iter().any(|it| has(&it.holds, &ask.wanted))
    }
}

/// Whether the thread of this step holds what the step holds, instead of being about to bring it about.
pub(crate) fn is_held_by_its_thread(step: &Step) -> bool {
    matches!(step.held.class.kind(), Kind::Mutex | Kind::RwLock | Kind::Lock | Kind::Once | Kind::Join)
}

/// A number for the classes and the places at which the threads hang. It is the same in each run of the program.
pub(crate) fn fingerprint(threads: &[ThreadState]) -> u32 {
    let lock = |lock: &Acquisition| format!("{} {:?} {}", lock.class, lock.mode, lock.place);
    let line = |thread: &ThreadState| {
        let held: Vec<String> = thread.holds.iter().map(lock).collect();
        format!("{:?} {held:?}\n", thread.waits.as_ref().map(lock))
    };
    let mut lines: Vec<String> = threads.iter().map(line).collect();
    lines.sort();
    hash(lines.concat().as_bytes())
}

/// FNV-1a.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
