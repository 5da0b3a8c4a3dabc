//! A schedule in few numbers: where it differs from the usual choice, which lets each thread go on as long as it can.

use crate::policy::{Choice, Policy};

/// A schedule of one execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// What the numbers that the program draws come from.
    pub(crate) seed: u64,
    /// How many choices it has.
    pub(crate) steps: usize,
    /// The choices that differ: how many usual ones come before it, and which thread goes on.
    pub(crate) switches: Vec<(usize, usize)>,
}

/// Notes a schedule while it is made.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) schedule: Schedule,
    /// Usual choices since the last that differs.
    usual: usize,
}

impl Recorder {
    pub(crate) fn note(&mut self, choice: &Choice<'_>, chosen: usize) {
        self.schedule.steps += 1;
        if chosen == choice.usual() {
            self.usual += 1;
        } else {
            self.schedule.switches.push((std::mem::take(&mut self.usual), chosen));
        }
    }
}

/// Follows a schedule.
#[derive(Debug)]
pub(crate) struct Follow {
    switches: std::vec::IntoIter<(usize, usize)>,
    next: Option<(usize, usize)>,
    steps: usize,
}

impl Follow {
    pub(crate) fn new(schedule: &Schedule) -> Self {
        let mut switches = schedule.switches.clone().into_iter();
        Self { next: switches.next(), switches, steps: schedule.steps }
    }
}

impl Policy for Follow {
    fn choose(&mut self, choice: &Choice<'_>) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        match &mut self.next {
            Some((0, thread)) => {
                let thread = *thread;
                self.next = self.switches.next();
                // A schedule never notes the usual choice as one that differs.
                (choice.runnable.contains(&thread) && thread != choice.usual()).then_some(thread)
            }
            Some((usual, _)) => {
                *usual -= 1;
                Some(choice.usual())
            }
            None => Some(choice.usual()),
        }
    }
}
