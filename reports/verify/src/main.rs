//! `memguard-verify`, which the alias `cargo verify` runs: all that CI runs, with one verdict.

use memguard_verify::steps;
use std::process::ExitCode;

fn main() -> ExitCode {
    memguard_verify::main(steps::STEPS, &steps::AHEAD)
}
