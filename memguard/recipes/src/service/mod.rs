//! An HTTP service that answers each `POST` with the HMAC-SHA256 of its body, in hexadecimal digits.
//!
//! - [`signer`]: who signs, with a key in a buffer.
//! - [`answer`]: one request.
//! - [`accept`]: connections, until the service is told to stop.
//!
//! `src/bin/signing_service.rs` is the program. It has the signals, the purge and the exit codes.

pub mod accept;
pub mod answer;
pub mod signer;
