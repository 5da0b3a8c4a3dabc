//! WIPED: where secrets lie on their pages, and what a byte written outside of one comes to.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::layout);
