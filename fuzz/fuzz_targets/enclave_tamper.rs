//! EXACT: edited sealed bytes return an error, and unedited ones open to the secret.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::tampered_enclave);
