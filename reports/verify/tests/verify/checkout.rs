//! A folder that looks like a checkout, and runs of made-up steps in it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use memguard_reports::verify::{Step as Record, VerifyRun};
use memguard_verify::{Ahead, Command, Figure, Plain, Run, Scope, Step, Stop, Tool};
use tempfile::TempDir;

pub const PASSED: Figure = Figure { unit: "tests passed", pattern: "test result: ok. {} passed" };

pub const NO_TOOL: Tool =
    Tool { name: "a tool", probe: &["memguard-no-such-program"], install: "apt-get install tool" };

pub const AHEAD: Ahead = Ahead { behind: "tests", help: &["models"], line: "echo ahead; touch ahead" };

/// A step of the full and the quick run.
pub const fn step(name: &'static str, commands: &'static [Command]) -> Step {
    Step { name, shows: "it works", serves: "EXACT", scope: Scope::Both, commands, ..Step::PLAIN }
}

pub struct Checkout {
    folder: TempDir,
}

/// What a run left.
pub struct Done {
    pub run: VerifyRun,
    /// What was printed while it ran.
    pub printed: String,
}

impl Done {
    pub fn step(&self, name: &str) -> &Record {
        self.run.steps.iter().find(|step| step.name == name).unwrap()
    }

    /// The state of each step, in their order.
    pub fn states(&self) -> Vec<String> {
        self.run.steps.iter().map(|step| step.state.to_string()).collect()
    }
}

impl Checkout {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".ci")).unwrap();
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        fs::write(folder.path().join("README.md"), "Test it:\n\n    echo test result: ok. 3 passed\n").unwrap();
        Self { folder }
    }

    pub fn top(&self) -> &Path {
        self.folder.path()
    }

    /// Where logs, record and page go.
    pub fn written(&self, name: &str) -> PathBuf {
        self.top().join("target/verify").join(name)
    }

    pub fn run(&self, steps: &[Step], keep_going: bool) -> Done {
        self.run_until(steps, keep_going, &mut Stop::default)
    }

    /// Runs all steps. `stop` says which signals have come.
    pub fn run_until(&self, steps: &[Step], keep_going: bool, stop: &mut dyn FnMut() -> Stop) -> Done {
        let folder = self.written("");
        let asked_for = vec![true; steps.len()];
        let run =
            Run { steps, asked_for: &asked_for, ahead: Some(&AHEAD), keep_going, top: self.top(), folder: &folder };
        let mut printed = Vec::new();
        let run = run.run(vec!["cargo".into(), "verify".into()], &mut Plain::new(&mut printed), stop);
        Done { run, printed: String::from_utf8(printed).unwrap() }
    }

    /// The program with the steps of `program` and these arguments, in a folder of the checkout.
    pub fn program(&self, arguments: &str) -> Process {
        let mut command = Process::new(std::env::current_exe().unwrap());
        command.args(["--exact", "checkout::program", "--nocapture", "--quiet"]).current_dir(self.top().join(".ci"));
        command.env("MEMGUARD_VERIFY_ARGUMENTS", arguments);
        command
    }
}

/// The steps of `program`.
const STEPS: [Step; 4] = [
    step("first", &[Command::Shell("echo first")]),
    Step { figures: &[PASSED], ..step("tests", &[Command::OfReadme("echo ")]) },
    // What it leaves is a child of its own, which must end with it.
    step("long", &[Command::Shell("if [ -e quick ]; then exit 0; fi; sleep 1000 & echo $! >child; touch begun; wait")]),
    step("last", &[Command::Shell("if [ -e broken ]; then echo broken; exit 1; fi")]),
];

/// No test, but what the tests run as a program of its own, with the whole command line and with signals.
#[test]
fn program() {
    let Ok(arguments) = std::env::var("MEMGUARD_VERIFY_ARGUMENTS") else { return };
    let arguments = std::iter::once("verify").chain(arguments.split_whitespace()).map(OsString::from);
    std::process::exit(memguard_verify::main_of(&STEPS, &AHEAD, arguments) as i32);
}
