//! The primitives.
//!
//! The caller owns the memory of all secrets: locked pages, or the slice that a user wants sealed. The caller also
//! clears what the primitives leave on the stack: see [`clear`](crate::clear).

mod form;
mod long;
mod seal;
mod short;
mod split;
#[cfg(test)]
mod tests;

pub(crate) use form::{KEY_LEN, NONCE_LEN, TAG_LEN};
pub(crate) use seal::{ROOM, open, seal};
pub(crate) use split::{change_of_left, fingerprint, join_key};
