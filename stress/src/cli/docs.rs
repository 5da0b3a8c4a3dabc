//! The manual page and the completions for shells, made from the definition of the command line.

use super::args::command;
use super::exit::Exit;
use super::output;
use crate::scenario::Scenario;
use clap_complete::Shell;

/// Prints the completions for a shell.
pub fn completions(shell: Shell, scenarios: &[&'static Scenario]) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(scenarios), "memguard-stress", &mut script);
    output::print(String::from_utf8_lossy(&script), Exit::Pass)
}

/// Prints the manual page.
pub fn man(scenarios: &[&'static Scenario]) -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(command(scenarios)).render(&mut page) {
        Ok(()) => output::print(String::from_utf8_lossy(&page), Exit::Pass),
        Err(error) => {
            output::complain(format_args!("the manual page cannot be made: {error}"));
            Exit::Unfit
        }
    }
}
