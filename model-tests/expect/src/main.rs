//! `memguard-expect GATE CFG CARGO-ARGUMENT …` runs a gate. The aliases in `.cargo/config.toml` call it.
//!
//! It sets `MEMGUARD_EXPECTS` to CFG, so the build fails if the cfg is lost. It compiles the check by itself first, so
//! that the failure does not come after minutes. An empty CFG expects none.
//!
//! Before it runs tests or benches, it asks them for the names that the arguments select, and fails if there are none.
//! cargo itself passes then.
//!
//! Exit codes: 2 if no name matches, otherwise those of cargo.

mod flags;
mod selection;

use selection::Selection;
use std::ffi::OsString;
use std::io::Error;
use std::process::{Command, ExitCode, Stdio};

const NOTHING_RUNS: u8 = 2;
const NO_CARGO: u8 = 4;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(gate), Some(cfg)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: memguard-expect GATE CFG CARGO-ARGUMENT …");
        return ExitCode::from(NOTHING_RUNS);
    };
    match run(&gate.to_string_lossy(), &cfg, arguments.collect()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("memguard-expect: cargo cannot be run: {error}");
            ExitCode::from(NO_CARGO)
        }
    }
}

fn run(gate: &str, cfg: &OsString, arguments: Vec<OsString>) -> Result<u8, Error> {
    let cargo = || {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.env("MEMGUARD_EXPECTS", cfg);
        cargo
    };
    if !cfg.is_empty() {
        let check = ["check", "--quiet", "--package", "memguard-expect", "--lib"];
        let checked = cargo().args(check).args(flags::of(&arguments)).status()?;
        if !checked.success() {
            return Ok(code_of(checked));
        }
    }
    if let Some(selection) = Selection::of(&arguments) {
        // Built on its own, so that the build shows its progress and its errors.
        let built = cargo().args(selection.build()).status()?;
        if !built.success() {
            return Ok(code_of(built));
        }
        let listed = cargo().args(selection.list()).stdin(Stdio::null()).output()?;
        if !listed.status.success() {
            eprint!("{}", String::from_utf8_lossy(&listed.stderr));
            return Ok(code_of(listed.status));
        }
        if selection.names_in(&String::from_utf8_lossy(&listed.stdout)) == 0 {
            eprintln!(
                "`cargo {gate}` would run nothing: no test has such a name. `cargo {gate} -- --list` prints all names."
            );
            return Ok(NOTHING_RUNS);
        }
    }
    cargo().args(arguments).status().map(code_of)
}

/// The exit code of cargo. If a signal ended it: 1.
fn code_of(status: std::process::ExitStatus) -> u8 {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.unwrap_or(u8::from(!status.success()))
}
