//! WIPED: where secrets lie on their pages, and whether a byte written outside a secret is found.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::layout);
