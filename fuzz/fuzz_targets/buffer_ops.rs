//! WIPED, EXACT: buffers, and accesses nested in each other, compared with a reference model.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::buffer_ops);
