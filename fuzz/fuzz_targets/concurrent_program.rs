//! PROGRESS, WIPED, EXACT, ORDER: programs of several threads. Under `--cfg shuttle` the schedule also comes from the
//! input.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::concurrent_program);
