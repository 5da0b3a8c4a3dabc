//! The lengths of what the cipher takes and makes, and its one error.

pub(crate) const KEY_LEN: usize = 32;
pub(crate) const NONCE_LEN: usize = 24;
pub(crate) const TAG_LEN: usize = 16;

/// The bytes could not be sealed or did not authenticate.
#[derive(Debug)]
pub(crate) struct Refused;
