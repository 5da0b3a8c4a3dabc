//! Reports as text that a person can act on.

use super::{Debt, Report, Step, Verdict};
use crate::mode::Wait;
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline())?;
        writeln!(f, "  {}", self.drawn())?;
        for step in &self.steps {
            fmt::Display::fmt(step, f)?;
        }
        write!(f, "  {}", self.advice())
    }
}

impl Report {
    fn headline(&self) -> String {
        match self.verdict {
            Verdict::Deadlock => format!("deadlock: {} threads can wait for each other for ever", self.steps.len()),
            Verdict::SelfDeadlock => "deadlock: a thread waits for a lock that it holds itself".to_owned(),
            Verdict::Order => "order: a lock was wanted against its declared order".to_owned(),
            Verdict::Debt(_) => "debt: locks are taken in an order that is not consistent".to_owned(),
        }
    }

    /// The cycle in one line.
    fn drawn(&self) -> String {
        let mut line = String::new();
        for step in &self.steps {
            line += &format!("{} -> ", step.held.class);
        }
        line + &self.steps.last().map_or(String::new(), |step| step.wanted.class.to_string())
    }

    fn advice(&self) -> String {
        match self.verdict {
            Verdict::Deadlock => {
                "to do: take these locks in one order everywhere, or release one before the other".into()
            }
            Verdict::SelfDeadlock => "to do: release the first hold before the second, or pass the guard on".into(),
            Verdict::Order => "to do: take the locks in the declared order, or try the second one".into(),
            Verdict::Debt(Debt::Gate) => match &self.gate {
                Some(gate) => format!("no deadlock, as long as both threads hold {} or work under it", gate.class),
                None => "no deadlock, as long as both threads hold a common lock".into(),
            },
            Verdict::Debt(Debt::Ordered) => {
                "no deadlock, as long as a join or a message lets one thread begin after the other is done".into()
            }
            Verdict::Debt(Debt::OneThread) => "no deadlock, as long as one thread does both".into(),
            Verdict::Debt(Debt::Timed) => "no deadlock for ever: a wait ends at its timeout".into(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, held, wanted, wait, also_held } = self;
        let until = match wait {
            Wait::Timed => ", with a timeout",
            _ => "",
        };
        writeln!(f, "  thread {thread}")?;
        writeln!(f, "    held    {held}")?;
        writeln!(f, "    wanted  {wanted}{until}")?;
        for also in also_held {
            writeln!(f, "    beside  {also}")?;
        }
        Ok(())
    }
}
