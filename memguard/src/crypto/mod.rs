//! The primitives.
//!
//! The caller owns the memory of all secrets: locked pages, or the slice that a user wants sealed. The caller also
//! clears what the primitives leave on the stack: see [`clear`](crate::clear).

mod aegis;
mod cipher;
mod form;
mod nonce;
mod seal;
mod split;
mod xchacha;

pub use cipher::Cipher;

pub(crate) use form::KEY_LEN;
pub(crate) use nonce::fill_nonce;
pub(crate) use seal::{open, seal};
pub(crate) use split::{change_of_left, fingerprint, join_key};
