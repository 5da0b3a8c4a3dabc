//! Queries of the session, rekeys, and faults of the simulated system.

use super::check::{AllowedErrors, Answer};
use super::state::Actor;
use crate::ops::degraded;
use crate::ops::parts::{Query, SystemCall};
use crate::ops::tally::Told;
use crate::{Guarantee, Violation};
use crate::{planted, thread};
use memguard::{Error, Fault, Rekey};

/// The kernel's errors for no memory and for no randomness yet.
const ENOMEM: i32 = 12;
const EAGAIN: i32 = 11;

impl Actor<'_> {
    pub(super) fn rekey(&mut self) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        self.rekeyed(session.rekey())
    }

    /// A rekey that panics under COFFER, if there is a key and COFFER is free.
    pub(super) fn panic_in_rekey(&mut self) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        let Some(sim) = self.environment.faults else { return self.rekey() };
        let got = thread::alone_with_panic(|| {
            sim.fail(Fault::PanicInAccess { n: 1 });
            let got = planted::survive(|| session.rekey());
            sim.heal();
            got
        });
        match got {
            Some(got) => self.rekeyed(got),
            None => {
                self.tally.panicked_under_coffer();
                Ok(())
            }
        }
    }

    /// Checks what a rekey returned.
    fn rekeyed(&self, got: memguard::Result<Rekey>) -> Result<(), Violation> {
        match &got {
            Ok(rekey) => self.tally.rekey(*rekey),
            Err(Error::SessionEnded) => {}
            Err(_) => self.tally.note(Told::RekeyFailed),
        }
        let answer = self.check("Session::rekey", got, None, AllowedErrors::SEAL)?;
        let is_skipped = self.environment.alone && matches!(answer, Answer::Done(Rekey::Skipped));
        Violation::unless(!is_skipped, Guarantee::Visible, || "a rekey was skipped, but no other thread uses the key")
    }

    pub(super) fn query(&mut self, query: Query) -> Result<(), Violation> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        match query {
            Query::Audit => {
                let dirty = session.audit().dirty_slots;
                Violation::unless(dirty == 0, Guarantee::Wiped, || format!("{dirty} free slots are not zero"))
            }
            Query::Health => {
                let health = session.health();
                degraded::provoked(&health.degraded, self.environment, self.tally)?;
                if !self.knows_living() {
                    return Ok(());
                }
                let (shared, _) = self.living_shared();
                let living = self.living() + shared;
                let held = self.buffers.iter().flatten().chain(&self.leaving);
                let handed_over = held.filter(|held| held.dead && held.is_inside()).count() as u64;
                let handed_over = handed_over + self.handed_over_shared();
                let told = (health.live_buffers, health.handed_over, health.parked);
                Violation::unless(told == (living + handed_over, handed_over, 0), Guarantee::Visible, || {
                    format!(
                        "(live, handed over, parked) buffers are {told:?}, \
                         but {living} are live and {handed_over} handed over"
                    )
                })
            }
        }
    }

    pub(super) fn plant(&mut self, call: SystemCall, after: u8) {
        let Some(sim) = self.environment.faults else { return };
        self.tally.fault_planted(call != SystemCall::Getrandom);
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
