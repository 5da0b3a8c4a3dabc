//! VISIBLE, WIPED: the counts of registered, live and handed-over buffers are exact.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::registry_ops);
