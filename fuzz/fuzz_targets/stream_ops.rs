//! EXACT: streams, compared with a queue of chunks.
#![cfg_attr(fuzzing, no_main)]

memguard_fuzz::target!(memguard_stress::oracles::stream_ops);
