//! VISIBLE, WIPED: what is registered, live and handed over is what there is.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::registry_ops);
