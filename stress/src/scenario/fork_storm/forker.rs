//! A worker that forks, one child at a time.

use super::child::{HAS_A_SECRET, Inherited, STEPS, hold_for_ever, live};
use crate::child::{Child, End};
use crate::scenario::Worker;
use crate::scenario::children::{fork, refused, wait_for_a_word, wait_for_the_end};
use crate::{Guarantee, Violation};
use memguard::Session;
use rustix::process::Signal;
use std::io;

/// What becomes of a child.
#[derive(Clone, Copy)]
enum Fate {
    /// It does its work and ends.
    Lives,
    /// As before. Its parent is inside a buffer when it forks.
    LivesInside,
    /// It is killed while it is inside a buffer.
    Killed,
    /// It is stopped inside, and then killed.
    StoppedAndKilled,
}

const FATES: [Fate; 4] = [Fate::Lives, Fate::LivesInside, Fate::Killed, Fate::StoppedAndKilled];

/// Forks until time is up, and until there was a child of each fate.
pub(super) fn fork_on(worker: &mut Worker<'_>, contended: &Session, inherited: &Inherited) {
    let first = worker.index;
    for at in first.. {
        if at >= first + FATES.len() && !worker.should_continue() {
            return;
        }
        let result = match FATES[at % FATES.len()] {
            Fate::Lives => fork(worker, || live(inherited, contended, None)).and_then(|child| ends_well(worker, child)),
            Fate::LivesInside => fork_inside(worker, contended, inherited),
            Fate::Killed => hold_and_kill(worker, contended, false),
            Fate::StoppedAndKilled => hold_and_kill(worker, contended, true),
        };
        worker.check(result);
        let opened = worker.op("opening what a child inherited", || inherited.opens());
        worker.check(opened);
    }
}

fn fork_inside(worker: &mut Worker<'_>, contended: &Session, inherited: &Inherited) -> Result<(), Violation> {
    let forked = worker.op("forking inside an access", || {
        inherited.inside(|bytes| Child::fork(|| live(inherited, contended, Some(bytes))))
    })?;
    let child = forked.map_err(|error| refused("a child", &error))?;
    ends_well(worker, child)
}

/// The child must end by itself, and say that each step was right.
fn ends_well(worker: &mut Worker<'_>, child: Child) -> Result<(), Violation> {
    wait_for_the_end(worker, &child)?;
    match child.end() {
        Some(End::Code(0)) => Ok(()),
        Some(End::Code(HAS_A_SECRET)) => Err(Violation::new(Guarantee::Clean, "a child has a secret of its parent")),
        Some(End::Code(code)) => {
            let step = usize::try_from(code - 1).ok().and_then(|at| STEPS.get(at));
            let step = step.map_or("a step that has no number", |(name, _)| name);
            Err(Violation::new(Guarantee::Progress, format!("a child ended with code {code}; not true: {step}")))
        }
        Some(end) => Err(Violation::new(Guarantee::Progress, format!("a child ended with {end}"))),
        None => Err(Violation::new(Guarantee::Visible, "the system does not say how a child ended")),
    }
}

/// The child is killed while it is inside a buffer.
fn hold_and_kill(worker: &mut Worker<'_>, contended: &Session, is_stopped: bool) -> Result<(), Violation> {
    let (heard, says) = io::pipe().map_err(|error| refused("a pipe", &error))?;
    let child = fork(worker, move || hold_for_ever(contended, says))?;
    wait_for_a_word(worker, &heard)?;
    if is_stopped {
        worker.op("stopping a child", || child.stop());
    }
    child.signal(Signal::KILL);
    match worker.op("reaping a killed child", || child.end()) {
        Some(End::Signal(libc::SIGKILL)) => Ok(()),
        end => Err(Violation::new(Guarantee::Progress, format!("a child that must be inside a buffer ended: {end:?}"))),
    }
}
