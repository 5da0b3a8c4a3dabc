//! How often each lock was taken at each place, how long threads waited for it there, and how long they held it.

pub(crate) mod histogram;
pub(crate) mod switch;
pub(crate) mod table;
pub(crate) mod timed;
pub(crate) mod usage;
