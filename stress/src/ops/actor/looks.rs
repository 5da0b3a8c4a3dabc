//! Looks at the session as a whole, rekeys, and faults of the simulated system.

use super::{Actor, Answer, May};
use crate::ops::{Look, SystemCall};
use crate::{Guarantee, Violation};
use memguard::{Fault, Rekey};

/// What the kernel says when it has no memory, and when it has no randomness yet.
const ENOMEM: i32 = 12;
const EAGAIN: i32 = 11;

impl Actor<'_> {
    pub(super) fn rekey(&mut self) -> Result<(), Violation> {
        let got = self.session.rekey();
        if let Ok(rekey) = got {
            self.tally.rekey(rekey);
        }
        match self.judge("Session::rekey", got, None, May::BE_SEALED)? {
            Answer::Done(Rekey::Skipped) if self.hazards.alone => {
                Err(Violation::new(Guarantee::Visible, "a rekey was skipped, and nobody had the key"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn look(&mut self, look: Look) -> Result<(), Violation> {
        match look {
            Look::Audit => {
                let audit = self.session.audit();
                match audit.dirty_slots {
                    0 => Ok(()),
                    dirty => Err(Violation::new(Guarantee::Wiped, format!("{dirty} free slots are not zero"))),
                }
            }
            Look::Health => {
                let health = self.session.health();
                if !self.knows_what_lives() {
                    return Ok(());
                }
                let (common, _) = self.living_commons();
                let living = self.living() + common;
                let held = self.buffers.iter().flatten().chain(&self.leaving);
                let handed_over = held.filter(|held| held.dead && held.is_inside()).count() as u64;
                let handed_over = handed_over + self.handed_over_commons();
                let told = (health.live_buffers, health.handed_over, health.parked);
                if told != (living + handed_over, handed_over, 0) {
                    let what = format!(
                        "(live, handed over, parked) buffers are {told:?}, with {living} living and {handed_over} handed over"
                    );
                    return Err(Violation::new(Guarantee::Visible, what));
                }
                Ok(())
            }
        }
    }

    pub(super) fn plant(&mut self, call: SystemCall, after: u8) {
        let Some(sim) = self.hazards.faults else { return };
        self.tally.fault_planted();
        let (call, errno) = match call {
            SystemCall::Any => return sim.fail(Fault::NthOfAny { n: u64::from(after) + 1, errno: ENOMEM }),
            SystemCall::Mmap => ("mmap", ENOMEM),
            SystemCall::Madvise => ("madvise", ENOMEM),
            SystemCall::Mlock => ("mlock", ENOMEM),
            SystemCall::Mprotect => ("mprotect", ENOMEM),
            SystemCall::Munmap => ("munmap", ENOMEM),
            SystemCall::Getrandom => ("getrandom", EAGAIN),
        };
        sim.fail(Fault::Nth { call, n: u64::from(after) + 1, errno });
    }
}
