//! EXACT: sealed bytes under mutation open to what was sealed, or to an error.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::tampered_enclave);
