//! The command line of `cargo verify`.

mod args;
mod exit;

pub use exit::Exit;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use args::Cli;
use clap::Parser as _;
use memguard_reports::render::verify_html;
use memguard_reports::verify::{Verdict, VerifyRun};
use memguard_reports::{ReportError, write_atomically, write_json};

use crate::run::Run;
use crate::running::Stop;
use crate::screen::{Live, Plain};
use crate::selection::Selection;
use crate::signals::Signals;
use crate::step::{Ahead, Step};
use crate::summary;

/// Where the logs, the record and the page go.
const FOLDER: &str = "target/verify";

/// The whole program, with these steps: reads the command line, runs, prints, and writes the record and the page.
pub fn main(steps: &[Step], ahead: &Ahead) -> ExitCode {
    ExitCode::from(main_of(steps, ahead, std::env::args_os()) as u8)
}

/// The whole program, with this command line, the program first.
pub fn main_of(steps: &[Step], ahead: &Ahead, arguments: impl Iterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        // A wrong command line, or a question for help or the version.
        Err(error) => {
            return match error.print() {
                Ok(()) if !error.use_stderr() => Exit::Pass,
                Err(refused) if !error.use_stderr() => {
                    complain(&format!("the answer cannot be written: {refused}"));
                    Exit::Unfit
                }
                _ => Exit::Usage,
            };
        }
    };
    let mut out = Plain::new(io::stdout());
    if cli.list {
        out.print(&summary::list(steps));
        return ended(&out, Exit::Pass);
    }
    let selection = Selection { quick: cli.quick, only: cli.only, from: cli.from };
    let (asked_for, top) = match (selection.of(steps), top()) {
        (Ok(asked_for), Ok(top)) => (asked_for, top),
        (Err(error), _) | (_, Err(error)) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let mut signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => {
            complain(&format!("signals cannot be caught: {error}; raise the limit on open files"));
            return Exit::Unfit;
        }
    };
    let mut stop = || Stop { signals: signals.count(), first: signals.first().map(|(name, _)| name) };
    let folder = top.join(FOLDER);
    let run = Run {
        steps,
        asked_for: &asked_for,
        ahead: Some(ahead),
        keep_going: cli.keep_going,
        top: &top,
        folder: &folder,
    };
    let command = ["cargo".to_owned(), "verify".to_owned()].into_iter();
    let command = command.chain(arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned())).collect();
    let mut run = if io::stdout().is_terminal() {
        let mut live = Live::new(steps, &asked_for);
        let run = run.run(command, &mut live, &mut stop);
        // The table at the end says the same, and it stays.
        live.clear();
        run
    } else {
        run.run(command, &mut out, &mut stop)
    };
    if let Err(error) = write(&run, &folder) {
        complain(&error.to_string());
        // A pass that nobody can read about is none.
        if run.verdict == Verdict::Pass {
            run.verdict = Verdict::Unfit;
        }
    }
    out.print(&summary::text(&run, Path::new(FOLDER)));
    let exit = match run.verdict {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Failed,
        Verdict::Unfit => Exit::Unfit,
        Verdict::Interrupted => signals.first().map_or(Exit::Interrupted, |(_, exit)| exit),
    };
    ended(&out, exit)
}

fn write(run: &VerifyRun, folder: &Path) -> Result<(), ReportError> {
    write_json(run, &folder.join("verify.json"))?;
    write_atomically(&folder.join("index.html"), &verify_html(run)?)
}

/// The top of the checkout: the nearest folder above this one that has `.ci` and a `Cargo.toml`.
fn top() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("the current folder cannot be read: {error}"))?;
    let is_top = |folder: &&Path| folder.join(".ci").is_dir() && folder.join("Cargo.toml").is_file();
    let top = here.ancestors().find(is_top).map(Path::to_owned);
    top.ok_or_else(|| format!("{} is in no checkout of memguard; run this inside of one", here.display()))
}

/// How the process ends that would end this way, had everything been printed.
fn ended<W: io::Write>(out: &Plain<W>, exit: Exit) -> Exit {
    match out.error() {
        Some(error) => {
            complain(&format!("the standard output cannot be written: {error}"));
            if exit == Exit::Pass { Exit::Unfit } else { exit }
        }
        None => exit,
    }
}

/// Prints to the standard error. What cannot be printed there is lost, and the exit code still tells.
fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "cargo verify: {text}");
}
