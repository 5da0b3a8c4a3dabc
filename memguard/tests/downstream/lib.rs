//! A crate that depends on memguard without features. Its test runs with `--cfg loom` and with `--cfg shuttle`, as a
//! crate sets them that checks its own locks with a model checker. memguard must then still be on real locks.

pub use memguard;
