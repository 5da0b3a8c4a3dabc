//! ORDER: the lock checker for programs says of a drawn program what a search of all its interleavings says.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_lockdep_corpus::drawn::lock_program);
