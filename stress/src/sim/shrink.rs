//! Looks for a smaller case that fails in the same way.
//!
//! Parts are taken away as long as the rest still fails (delta debugging: Zeller and Hildebrandt, 2002). A smaller
//! program makes other steps, so its old schedule may miss the failure. Then a few others are tried.

use super::case::Case;
use super::ran::without_digits;
use super::{schedule, simpler};
use crate::ops::{Choices, Op, Program, Step};
use crate::thread::Failure;

/// Schedules that are tried for a smaller program beside the old one.
const SCHEDULES: usize = 12;

/// Schedules that are tried for a program with fewer threads: many, because the same operations on fewer threads fail
/// under fewer schedules.
const SCHEDULES_OF_FEWER_THREADS: usize = 300;

/// The bits of a decision that choose the longest turn.
const LONGEST_TURN: u8 = 0b1110_0000;

/// The smallest case that was found.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The case.
    pub case: Case,
    /// How it fails.
    pub failure: Failure,
    /// How many cases were tried.
    pub runs: u32,
}

/// Looks for a smaller case. `run` says how a case fails, if it does. At most `most_runs` cases are tried.
///
/// A case fails in the same way if its message begins with the same words. Numbers do not count.
pub fn shrink(case: &Case, failure: &Failure, most_runs: u32, run: impl FnMut(&Case) -> Option<Failure>) -> Shrunk {
    let smallest = Shrunk { case: case.clone(), failure: failure.clone(), runs: 0 };
    let mut search = Search { kind: kind(&failure.text), smallest, most_runs, run, choices: Choices::new(0, 0) };
    while search.smaller_program() | search.smaller_schedule() || search.fewer_threads() {}
    search.smallest
}

/// What two failures of one kind have in common: the start of the message without numbers.
fn kind(text: &str) -> String {
    const WORDS: usize = 6;
    let words = text.split_whitespace().take(WORDS).map(without_digits);
    words.collect::<Vec<_>>().join(" ")
}

struct Search<F> {
    kind: String,
    smallest: Shrunk,
    most_runs: u32,
    run: F,
    choices: Choices,
}

impl<F: FnMut(&Case) -> Option<Failure>> Search<F> {
    /// Takes the case if it fails in the same way.
    fn takes(&mut self, case: Case) -> bool {
        if self.smallest.runs >= self.most_runs {
            return false;
        }
        self.smallest.runs += 1;
        match (self.run)(&case) {
            Some(failure) if kind(&failure.text) == self.kind => {
                (self.smallest.case, self.smallest.failure) = (case, failure);
                true
            }
            _ => false,
        }
    }

    /// Takes the program if it fails under the old schedule or a few others.
    fn takes_program(&mut self, program: Program) -> bool {
        self.takes_under(&program, SCHEDULES)
    }

    /// Takes the program if it fails under the old schedule or so many others.
    fn takes_under(&mut self, program: &Program, schedules: usize) -> bool {
        let Case { schedule: old, clock, .. } = self.smallest.case.clone();
        let others: Vec<Vec<u8>> = (0..schedules).map(|_| schedule::draw(&mut self.choices)).collect();
        std::iter::once(old)
            .chain(others)
            .any(|schedule| self.takes(Case { program: program.clone(), schedule, clock }))
    }

    fn program(&self) -> Program {
        self.smallest.case.program.clone()
    }

    /// Returns whether a smaller program was found.
    fn smaller_program(&mut self) -> bool {
        let mut found = without_parts(&self.program().steps, |steps| {
            self.takes_program(Program { steps: steps.to_vec(), ..self.program() })
        });
        for at in 0..self.program().steps.len() {
            found |= self.smaller_step(at);
        }
        for options in simpler::options(&self.program().options) {
            found |= self.takes_program(Program { options, ..self.program() });
        }
        found
    }

    /// Returns whether a program was found in which one thread less does all that the threads do.
    fn fewer_threads(&mut self) -> bool {
        let program = self.program();
        let fewer = simpler::fewer_threads(&program.steps);
        let mut fewer = fewer.into_iter().map(|steps| Program { steps, ..program.clone() });
        fewer.any(|program| self.takes_under(&program, SCHEDULES_OF_FEWER_THREADS))
    }

    /// Makes a step smaller: the operations of a thread, and those nested in others.
    fn smaller_step(&mut self, at: usize) -> bool {
        let mut found = match self.program().steps.get(at) {
            Some(Step::Spawn(ops)) => without_parts(ops, |fewer| self.takes_ops(at, fewer)),
            _ => false,
        };
        let mut index = 0;
        while let Some(op) = self.ops(at).get(index) {
            let taken = simpler::ops(op).into_iter().any(|simpler| {
                let mut ops = self.ops(at);
                ops.splice(index..=index, simpler);
                self.takes_ops(at, &ops)
            });
            if taken {
                found = true;
            } else {
                index += 1;
            }
        }
        found
    }

    /// The operations of a step.
    fn ops(&self, at: usize) -> Vec<Op> {
        match self.program().steps.get(at) {
            Some(Step::Spawn(ops)) => ops.clone(),
            Some(Step::Do(op)) => vec![op.clone()],
            Some(Step::Join) | None => Vec::new(),
        }
    }

    /// Takes the program with these operations in place of those of a step.
    fn takes_ops(&mut self, at: usize, ops: &[Op]) -> bool {
        let mut program = self.program();
        match &program.steps[at] {
            Step::Spawn(_) => program.steps[at] = Step::Spawn(ops.to_vec()),
            Step::Do(_) | Step::Join => drop(program.steps.splice(at..=at, ops.iter().cloned().map(Step::Do))),
        }
        self.takes_program(program)
    }

    /// Returns whether a schedule with fewer decisions was found, or one with fewer preemptions.
    fn smaller_schedule(&mut self) -> bool {
        let case = self.smallest.case.clone();
        let mut found =
            without_parts(&case.schedule, |schedule| self.takes(Case { schedule: schedule.to_vec(), ..case.clone() }));
        for at in 0..self.smallest.case.schedule.len() {
            let mut case = self.smallest.case.clone();
            if case.schedule[at] < LONGEST_TURN {
                case.schedule[at] |= LONGEST_TURN;
                found |= self.takes(case);
            }
        }
        found
    }
}

/// Takes away parts of the list, large ones first, as long as `takes` takes the rest. Returns whether it took any.
fn without_parts<T: Clone>(list: &[T], mut takes: impl FnMut(&[T]) -> bool) -> bool {
    let mut list = list.to_vec();
    let mut found = false;
    let mut part = list.len();
    while part > 0 {
        let mut at = 0;
        while at < list.len() {
            let end = (at + part).min(list.len());
            let rest = [&list[..at], &list[end..]].concat();
            if takes(&rest) {
                (list, found) = (rest, true);
            } else {
                at = end;
            }
        }
        part /= 2;
    }
    found
}
