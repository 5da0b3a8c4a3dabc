//! loom models of memguard's lock-acquisition paths.
