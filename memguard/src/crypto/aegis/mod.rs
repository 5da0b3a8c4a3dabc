//! AEGIS-256 (draft-irtf-cfrg-aegis-aead), for processors with AES instructions, and on x86 with AVX too.
//!
//! | file | what |
//! |---|---|
//! | `x86`, `arm` | one AES round, and the block of 16 bytes that it takes; the compiled one is called `block` |
//! | `state` | the state of the cipher, and what the draft does with it |
//! | `seal` | sealing and opening |
//! | `form` | the lengths |
//! | `nowhere` | in place of all of them on other processors |
//!
//! The draft: a random nonce of 32 bytes may be used with no practical limit on the number of messages. A forgery or a
//! plaintext costs an attacker at least 2^128 steps. With the tag of 32 bytes it also costs about 2^128 attempts to
//! find two keys under which the same sealed bytes open.

#[cfg(target_arch = "aarch64")]
mod arm;
mod form;
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
mod nowhere;
#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]
mod seal;
#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]
mod state;
#[cfg(test)]
mod tests;
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
mod x86;

#[cfg(target_arch = "aarch64")]
use arm as block;
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
use nowhere as seal;
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
use x86 as block;

pub(super) use form::{NONCE_LEN, TAG_LEN};
pub(super) use seal::{is_available, open, seal};
