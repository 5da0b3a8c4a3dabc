//! `memguard-stress`: stresses memguard on real locked memory and ends with a verdict.

use memguard_stress::scenario::ALL;
use std::process::ExitCode;

fn main() -> ExitCode {
    memguard_stress::main(ALL)
}
