//! EXACT, WIPED: buffers from readers that give few bytes, fail, lie and panic.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::readers);
