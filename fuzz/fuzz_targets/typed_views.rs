//! EXACT: views of the bytes as integers, text, arrays and readers.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::typed_views);
