//! What the others do: the peers, and bare calls, locks and ciphers.

pub mod ciphers;
pub mod enclave;
pub mod locks;
pub mod memsafe;
pub mod memsec;
pub mod pages;
pub mod pool;
