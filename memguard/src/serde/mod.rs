//! The feature `serde`: secrets that are deserialised into locked pages, and reports that serialise. The page
//! [`manual::serde`](crate::manual::serde) says what it costs.

mod reports;
mod secrets;

pub use secrets::{BufferSeed, EnclaveSeed};
