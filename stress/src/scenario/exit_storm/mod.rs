//! exit-storm: a signal or `safe_exit` ends children at a random moment of their work.
//!
//! A child has several threads at work in its default session when SIGTERM or SIGINT arrives, from its parent or from
//! one of its own threads inside an access, or when its first thread calls `safe_exit`. Its secrets must be wiped, in
//! the order of the locks, its exit handlers must run, and it must end with the documented code. The handler of a
//! signal must run once. All this ends the process, so only children do it.

mod child;

use super::children::{beside_contention, fork, refused, says_something, wait_for_a_word, wait_for_the_end};
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::child::End;
use crate::{Guarantee, Violation};
use child::{EXIT_CODE, Ending, ORDERED, READY, WIPED, work_until_the_end};
use memguard::SIGNAL_EXIT_CODE;
use rustix::process::Signal;
use std::io::{self, Read as _};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "exit-storm",
    purpose: "end children that work in several threads; each must wipe, run its handlers and end with the code",
    min_threads: 4,
    run,
    ..Scenario::PLAIN
};

/// So many workers have a child.
const FORKERS: usize = 2;

/// The end comes before so many operations of the child's first thread.
const LATEST: usize = 64;

const SIGNALS: [Signal; 2] = [Signal::TERM, Signal::INT];

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    beside_contention(context, FORKERS, |worker| {
        // At least one child, however short the time is.
        loop {
            let result = end_a_child(worker);
            worker.check(result);
            if !worker.should_continue() {
                return;
            }
        }
    })
}

fn end_a_child(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let after = worker.choices.below(LATEST);
    let signal = worker.choices.pick(&SIGNALS);
    let number = signal.as_raw();
    let ending = match worker.choices.below(3) {
        0 => Ending::SignalOfParent,
        1 => Ending::OwnSignal { number, after },
        _ => Ending::SafeExit { after },
    };
    let (mut heard, says) = io::pipe().map_err(|error| refused("a pipe", &error))?;
    let child = fork(worker, move || work_until_the_end(says, ending))?;
    wait_for_a_word(worker, &heard)?;
    if matches!(ending, Ending::SignalOfParent) {
        child.signal(signal);
    }
    wait_for_the_end(worker, &child)?;
    let (code, words) = match ending {
        Ending::SafeExit { .. } => (EXIT_CODE, vec![READY, WIPED, ORDERED]),
        _ => (SIGNAL_EXIT_CODE, vec![READY, number as u8, WIPED, ORDERED]),
    };
    let end = child.end();
    let mut said = [0; 8];
    // All words are in the pipe now. Other children may have its end, so its end is not waited for.
    let len = if says_something(&heard) { heard.read(&mut said).unwrap_or(0) } else { 0 };
    let said = &said[..len];
    let is_disorder = said.contains(&WIPED) && !said.contains(&ORDERED);
    let broken = if is_disorder { Guarantee::Order } else { Guarantee::Wiped };
    Violation::unless(end == Some(End::Code(code)) && said == words, broken, || {
        let end = end.map_or("nobody knows how".to_owned(), |end| end.to_string());
        format!(
            "a child with {ending:?} ended with {end} and said {said:?} instead of {words:?} ({READY}: ready, \
             {number}: its handler, {WIPED}: all is wiped, {ORDERED}: no lock was taken out of order)"
        )
    })
}
