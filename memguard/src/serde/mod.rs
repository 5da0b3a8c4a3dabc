//! The feature `serde`: secrets that are deserialised into locked pages, and reports that serialise.
//!
//! # Secrets
//!
//! [`Buffer`](crate::Buffer) and [`Enclave`](crate::Enclave) implement `Deserialize`, in the default session.
//! [`BufferSeed`] and [`EnclaveSeed`] do the same in a session of your choice. They take byte strings, texts (as UTF-8)
//! and sequences of numbers from 0 to 255. A buffer is frozen. An empty secret is an error, as everywhere.
//!
//! ```
//! use memguard::{Buffer, Enclave};
//! # use serde_json as json;
//! let mut message = br#"["hunter2", [104, 117, 110, 116, 101, 114, 50]]"#.to_vec();
//! let (password, token): (Buffer, Enclave) = json::from_slice(&message)?;
//! memguard::wipe_bytes(&mut message); // the source still had both
//!
//! assert!(password.equals(b"hunter2")?);
//! assert!(token.open()?.equals(b"hunter2")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **No secret implements `Serialize`.** A serialiser would copy it to memory that is not wiped. To keep a secret
//! elsewhere, keep [`Enclave::sealed`](crate::Enclave::sealed), which is ciphertext. To send it, write the bytes of an
//! access yourself.
//!
//! ```compile_fail,E0277
//! let secret = memguard::Buffer::new(8)?;
//! serde_json::to_string(&secret)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it costs
//!
//! memguard makes no copy of a secret outside locked pages. A sequence is written into them number by number, and they
//! grow as it goes on. If the input fails half-way, or a purge comes, what was read is wiped. If the format hands over
//! a `Vec<u8>` or a `String`, memguard wipes it.
//!
//! The format has copies of its own, and memguard cannot reach them:
//!
//! - The source, which is the text or message itself. Keep it in a `Buffer` and parse inside
//!   [`with_data`](crate::Buffer::with_data), or [wipe](crate::wipe_bytes) it afterwards.
//! - The scratch buffer of `serde_json`, for a text with escapes (`\n`, `\u00e9`). It is on the heap and is not wiped.
//!   Send the secret without escapes, for example as hexadecimal digits, or as a sequence.
//! - The same scratch buffer, for every text, if a reader is parsed (`from_reader`). Parse a slice (`from_slice`,
//!   `from_str`).
//! - A `serde_json::Value`, and the buffers behind `#[serde(flatten)]`, `#[serde(untagged)]` and internally tagged
//!   enums. Each copies every field. Keep secrets out of such types.
//!
//! Best are formats with byte strings that are borrowed from the input (postcard, bincode, CBOR, MessagePack, from a
//! slice). There the only copy is the source. A sequence costs a call for each byte.
//!
//! # Reports
//!
//! [`Health`](crate::Health), [`Degraded`](crate::Degraded), [`Footprint`](crate::Footprint), [`Audit`](crate::Audit),
//! [`PurgeReport`](crate::PurgeReport), [`Preflight`](crate::Preflight), [`Control`](crate::Control),
//! [`Limits`](crate::Limits), [`Headroom`](crate::Headroom) and [`Hardened`](crate::Hardened) implement `Serialize`, as
//! structs of their public fields. They may get more fields, so they do not implement `Deserialize`.
//!
//! ```
//! let session = memguard::Session::new()?;
//! let health = serde_json::to_value(session.health())?;
//! assert_eq!(health["degraded"]["acquire_timeouts"], 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod reports;
mod secrets;

pub use secrets::{BufferSeed, EnclaveSeed};
