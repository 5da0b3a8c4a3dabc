//! A crate that depends on memguard without features. Its test runs with `--cfg loom` and with `--cfg shuttle`, as in a
//! crate that checks its own locks with a model checker. memguard must still use real locks then.

pub use memguard;
