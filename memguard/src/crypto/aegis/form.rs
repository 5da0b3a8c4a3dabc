//! The lengths of the cipher's parts.

pub(in crate::crypto) const NONCE_LEN: usize = 32;
pub(in crate::crypto) const TAG_LEN: usize = 32;
