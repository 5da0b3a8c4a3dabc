//! A TLS server's key in locked pages, with rustls.
//!
//! rustls asks a [`SigningKey`](rustls::sign::SigningKey) for each signature. Its own ones are made from the DER of a
//! key. They read the DER where it lies. But what ring makes of an Ed25519 key, the two numbers that sign, is on the
//! heap. It is not locked, and it is still there after the last handle is dropped. `tests/tls_key.rs` finds it in both
//! cases. So [`key`] has another one, which signs with the key where it lies. There the search finds the key in its
//! buffer, and nowhere else.
//!
//! The secrets of each connection are rustls' own, and memguard does not reach them.
//!
//! - [`key`]: the key.
//! - [`certificate`]: a certificate for it, which it signs itself.
//! - [`handshake`]: a server and a client in one process.

pub mod certificate;
pub mod handshake;
pub mod key;
