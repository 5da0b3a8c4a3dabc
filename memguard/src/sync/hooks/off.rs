//! The hooks without lockdep: empty inline functions on types without size.

use crate::sync::lockdep::{Mode, Outcome};
use crate::sync::order::Class;
use crate::sync::site::Site;

#[derive(Debug)]
pub(crate) struct Lock;

#[derive(Debug)]
pub(crate) struct Ticket;

pub(crate) struct Wanted<'a>(&'a Lock);

pub(crate) struct Waiting<'a>(#[allow(dead_code, reason = "holds the lock's identity, as with lockdep")] &'a Lock);

pub(crate) struct Pause;

#[inline(always)]
pub(crate) const fn lock(_: Class) -> Lock {
    Lock
}

#[inline(always)]
pub(crate) const fn numbered(_: Class, _: u64) -> Lock {
    Lock
}

#[inline(always)]
pub(crate) fn want(lock: &Lock, _: Site, _: Mode, _waits: bool) -> Wanted<'_> {
    Wanted(lock)
}

impl Wanted<'_> {
    #[inline(always)]
    pub(crate) fn wait(&self) -> Waiting<'_> {
        Waiting(self.0)
    }

    #[inline(always)]
    pub(crate) fn refused(self, _: Outcome) {}

    #[inline(always)]
    pub(crate) fn granted(self, _: Outcome) -> Ticket {
        Ticket
    }
}

impl Ticket {
    #[inline(always)]
    pub(crate) fn release(&mut self) {}

    #[inline(always)]
    pub(crate) fn pause(&mut self) -> Pause {
        Pause
    }

    #[inline(always)]
    pub(crate) fn resume(&mut self, _: Pause) {}
}
