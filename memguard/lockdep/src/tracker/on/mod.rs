//! The checks: what a lock does as it is asked for, taken and released.

mod ask;
mod count;
mod event;
mod give_way;
mod identity;
mod initialised;
mod life;
mod release;
mod sleep;
mod take;

pub(crate) use identity::Tracker;
pub(crate) use initialised::Initialised;
pub(crate) use life::Life;
pub(crate) use release::Taken;
pub(crate) use sleep::Asleep;
pub(crate) use take::Asked;
