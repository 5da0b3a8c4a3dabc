//! The length of a key, and the one error of all ciphers.

pub(crate) const KEY_LEN: usize = 32;

/// The bytes could not be sealed or did not authenticate.
#[derive(Debug)]
pub(crate) struct Refused;
