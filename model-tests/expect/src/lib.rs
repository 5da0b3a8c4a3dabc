//! Fails a gate that would run nothing.
//!
//! A gate such as `cargo models` needs a cfg. The alias passes the cfg in `build.rustflags`, and cargo ignores that
//! setting when RUSTFLAGS is set, or when `rustflags` are configured for the target. The tests then compile to nothing
//! and pass. So each gate says what it expects in the variable `MEMGUARD_EXPECTS`, and each crate with such tests
//! depends on this one. This crate compiles only if the cfg is there:
//!
//! ```text
//! MEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' cargo test -p model-tests --release
//! ```
//!
//! A build without the variable is no gate, and compiles without a cfg too: `cargo test --workspace`.
//!
//! The program of this crate runs a gate. It also fails if a name on the command line matches no test.

mod lost;

/// What the gate expects. A changed variable makes cargo compile this crate again.
const EXPECTED: &str = match option_env!("MEMGUARD_EXPECTS") {
    Some(cfg) => cfg,
    None => "",
};

const _: () = match lost::verdict(EXPECTED, cfg!(loom), cfg!(shuttle)) {
    Ok(()) => {}
    Err(what_to_do) => panic!("{}", what_to_do),
};
