//! The command line.

use clap::Parser;

use super::exit::HELP;

/// Runs all that CI runs, and ends with one verdict.
///
/// Each step's output goes to target/verify/NAME.log. The page target/verify/index.html and the record
/// target/verify/verify.json say how each step ended.
#[derive(Debug, Parser)]
#[command(name = "cargo verify", bin_name = "cargo verify", version, after_long_help = HELP)]
#[command(after_help = "Exit codes: --help")]
pub struct Cli {
    /// Run only the quick steps: format, patches, reports, tidiness, and the library's lints and tests
    #[arg(long)]
    pub quick: bool,

    /// Run only this step; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with_all = ["quick", "from"])]
    pub only: Vec<String>,

    /// Begin with this step
    #[arg(long, value_name = "NAME")]
    pub from: Option<String>,

    /// Run the steps after one that did not pass
    #[arg(long)]
    pub keep_going: bool,

    /// List the steps, and run nothing
    #[arg(long)]
    pub list: bool,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
