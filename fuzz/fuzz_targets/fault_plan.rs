//! WIPED, VISIBLE: faults of the system in any call of any operation.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::fault_plan);
