//! The hooks without lockdep: empty inline functions on types without size.

use crate::sync::order::Class;
use crate::sync::outcome::{Mode, Outcome};
use crate::sync::site::Site;

#[derive(Debug)]
pub(crate) struct Lock;

#[derive(Debug)]
pub(crate) struct Ticket;

pub(crate) struct Wanted;

#[inline(always)]
pub(crate) const fn lock(_: Class) -> Lock {
    Lock
}

#[inline(always)]
pub(crate) const fn numbered(_: Class, _: u64) -> Lock {
    Lock
}

#[inline(always)]
pub(crate) fn want(_: &Lock, _: Site, _: Mode, _waits: bool) -> Wanted {
    Wanted
}

impl Wanted {
    #[inline(always)]
    pub(crate) fn wait(&self) -> impl Sized {}

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
    pub(crate) fn released_during<R>(&mut self, _: &Lock, wait: impl FnOnce() -> R) -> R {
        wait()
    }
}
