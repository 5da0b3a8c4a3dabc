//! signal-storm: children that catch signals get one at a random moment of their work.
//!
//! A child has several threads at work in its default session when SIGTERM or SIGINT arrives, from its parent or from
//! one of its own threads inside an access. Its handler must run once, its secrets must be wiped, its exit handlers
//! must run, and it must end with the documented code. A signal ends the process that gets it, so only children get
//! one.

mod child;

use super::children::{beside_contention, fork, refused, says_something, wait_for_a_word, wait_for_the_end};
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::child::End;
use crate::{Guarantee, Violation};
use child::{READY, Sender, WIPED, work_until_a_signal};
use memguard::SIGNAL_EXIT_CODE;
use rustix::process::Signal;
use std::io::{self, Read as _};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "signal-storm",
    purpose: "signal children that work in several threads; each must wipe, run its handlers and end with the code",
    min_threads: 4,
    run,
    ..Scenario::PLAIN
};

/// So many workers have a child.
const FORKERS: usize = 2;

/// The signal comes before so many operations of the child's first thread.
const LATEST: usize = 64;

const SIGNALS: [Signal; 2] = [Signal::TERM, Signal::INT];

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    beside_contention(context, FORKERS, |worker| {
        // At least one child, however short the time is.
        loop {
            let result = signal_a_child(worker);
            worker.check(result);
            if !worker.should_continue() {
                return;
            }
        }
    })
}

fn signal_a_child(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let signal = worker.choices.pick(&SIGNALS);
    let number = signal.as_raw();
    let by_parent = worker.choices.one_in(2);
    let sender = if by_parent { Sender::Parent } else { Sender::Own { number, after: worker.choices.below(LATEST) } };
    let (mut heard, says) = io::pipe().map_err(|error| refused("a pipe", &error))?;
    let child = fork(worker, move || work_until_a_signal(says, sender))?;
    wait_for_a_word(worker, &heard)?;
    if by_parent {
        child.signal(signal);
    }
    wait_for_the_end(worker, &child)?;
    let end = child.end();
    let mut words = [0; 8];
    // All words are in the pipe now. Other children may have its end, so its end is not waited for.
    let said = if says_something(&heard) { heard.read(&mut words).unwrap_or(0) } else { 0 };
    let is_right = end == Some(End::Code(SIGNAL_EXIT_CODE)) && words[..said] == [READY, number as u8, WIPED];
    Violation::unless(is_right, Guarantee::Wiped, || {
        let end = end.map_or("nobody knows how".to_owned(), |end| end.to_string());
        format!(
            "a child that got signal {number} ended with {end} and said {:?} instead of [{READY}, {number}, {WIPED}] \
             (ready, its handler, all is wiped)",
            &words[..said]
        )
    })
}
