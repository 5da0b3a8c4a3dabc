//! What the programs in `src/bin` are made of. They use memguard beside other crates, which the library does not
//! depend on.

pub mod service;
pub mod tls;
