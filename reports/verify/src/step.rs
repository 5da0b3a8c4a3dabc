//! What a step is.

use std::fs;
use std::path::Path;

use crate::figure::Figure;
use crate::tools::Tool;

/// One step.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Its name, as `--only` takes it.
    pub name: &'static str,
    /// What a pass shows.
    pub shows: &'static str,
    /// The guarantees or the gate that it serves.
    pub serves: &'static str,
    /// Which runs it belongs to.
    pub scope: Scope,
    /// The programs that it needs beside cargo.
    pub tools: &'static [Tool],
    /// What it runs, one after the other, at the top of the checkout.
    pub commands: &'static [Command],
    /// What its output must count.
    pub figures: &'static [Figure],
}

impl Step {
    /// A step without anything, to name the rest of.
    pub const PLAIN: Self =
        Self { name: "", shows: "", serves: "", scope: Scope::Full, tools: &[], commands: &[], figures: &[] };
}

/// Which runs a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Exhaustive: there are two kinds of run.
pub enum Scope {
    /// Only the run of all steps.
    Full,
    /// That one, and `--quick`.
    Both,
    /// Only `--quick`, because another step of the full run does the same.
    Quick,
}

/// What a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// A line for bash, which ends with the first command that fails.
    Shell(&'static str),
    /// The first line of a code block of `README.md` that begins like this.
    OfReadme(&'static str),
}

impl Command {
    /// The line for bash.
    ///
    /// # Errors
    /// What to do, if it cannot be found.
    pub fn line(&self, top: &Path) -> Result<String, String> {
        match *self {
            Self::Shell(line) => Ok(line.to_owned()),
            Self::OfReadme(start) => {
                let path = top.join("README.md");
                let readme = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let mut code = readme.lines().filter_map(|line| line.strip_prefix("    "));
                let found = code.find(|line| line.starts_with(start)).map(|line| line.trim_end().to_owned());
                found.ok_or_else(|| {
                    format!("README.md names no such command: add a line of code that begins with `{start}`")
                })
            }
        }
    }
}

/// Commands that run behind a step at the lowest priority, so that later steps find their builds done. Nobody looks at
/// how they end: if one fails, the later step fails too.
#[derive(Debug, Clone, Copy)]
pub struct Ahead {
    /// The name of the step behind which they run.
    pub behind: &'static str,
    /// The names of the steps that they help. If none of them is to run, neither do these commands.
    pub help: &'static [&'static str],
    /// A line for bash.
    pub line: &'static str,
}
