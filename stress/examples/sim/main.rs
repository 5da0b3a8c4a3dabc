//! `cargo sim`: runs the cases of a range of seeds, and shrinks the first one that fails. `cargo sim replay FILE` runs
//! a saved case. Exit codes: 0 all passed, 1 a case failed, 2 the command line or the file is wrong, 4 the case that
//! failed cannot be saved.

#[cfg(shuttle)]
mod command;

#[cfg(shuttle)]
fn main() -> std::process::ExitCode {
    command::run()
}

#[cfg(not(shuttle))]
fn main() -> std::process::ExitCode {
    eprintln!("this build has no shuttle, so it cannot decide the steps of threads: run `cargo sim`");
    std::process::ExitCode::from(2)
}
