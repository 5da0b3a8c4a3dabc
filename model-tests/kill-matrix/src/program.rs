//! The command of each detector: what it builds, what it runs, how its log is read, and how long it may take.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use memguard_reports::kill_matrix::Detector;

use crate::bug::Bug;
use crate::log::Log;
use crate::process::Step;

/// How a detector runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What is built first. If it fails, the detector shows nothing.
    pub build: Option<Step>,
    /// What is run, each with a log of its own. The detector notices a bug if more than half of these fail.
    pub runs: Vec<Step>,
    /// How the logs are read.
    pub log: Log,
    /// How long one of the runs may take.
    pub patience: Duration,
}

/// Where a worker plants bugs and builds.
#[derive(Debug, Clone)]
pub struct Place {
    /// The copy of the workspace.
    pub tree: PathBuf,
    /// What is built. It is kept, so that only what a bug changes is compiled again.
    pub builds: PathBuf,
}

/// The programs of all detectors.
pub trait Programs: Sync {
    /// How a detector looks for a bug, or how it shows that it passes without one.
    fn program(&self, detector: Detector, place: &Place, bug: Option<&Bug>) -> Program;

    /// How all models but these look for a bug, one after the other, without a stop at the first that fails.
    fn every_model(&self, place: &Place, but: &[String]) -> Program;

    /// What a detector needs and this machine lacks, and how to get it.
    fn lacks(&self, detector: Detector) -> Option<String>;
}

/// The detectors of this workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    top: PathBuf,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Workspace {
    /// The workspace at `top`.
    pub fn new(top: &Path) -> Self {
        Self { top: top.to_owned() }
    }
}

impl Programs for Workspace {
    fn program(&self, detector: Detector, place: &Place, bug: Option<&Bug>) -> Program {
        match detector {
            Detector::Lints => Program {
                build: None,
                runs: vec![cargo(
                    "clippy",
                    "",
                    place,
                    "debug",
                    &[
                        "-p",
                        "memguard",
                        "-p",
                        "memguard-lockdep",
                        "--features",
                        "memguard/lockdep,memguard/sim,memguard/serde,memguard-lockdep/check",
                        "--",
                        "-D",
                        "warnings",
                    ],
                )],
                log: Log::Compiler,
                patience: 10 * MINUTE,
            },
            Detector::Tests => {
                const TESTS: &[&str] = &[
                    "-p",
                    "memguard",
                    "-p",
                    "model-tests",
                    "--features",
                    "memguard/lockdep,memguard/sim",
                    "--tests",
                    // The tests run them.
                    "--examples",
                ];
                tests(place, "", "debug", TESTS, Log::Libtest, 15 * MINUTE)
            }
            Detector::Inputs => {
                let arguments = &["-p", "memguard-fuzz", "--test", "seeds"];
                tests(place, "", "debug", arguments, Log::Libtest, 10 * MINUTE)
            }
            Detector::Shuttle => {
                let arguments = &[&["-p", "memguard-stress", "--test", "deep", "--test", "sim"], SHUTTLE].concat();
                tests(place, "shuttle", "shuttle", arguments, Log::Libtest, 10 * MINUTE)
            }
            Detector::Sim => {
                let example = [&["-p", "memguard-stress", "--example", "sim"], SHUTTLE].concat();
                let saved = place.builds.join("sim").to_string_lossy().into_owned();
                let seeds = ["--", "--seeds", "0..20000", "--quiet", "--shrink", "3000", "--save-in", &saved];
                Program {
                    build: Some(cargo("build", "shuttle", place, "shuttle", &example)),
                    runs: vec![cargo("run", "shuttle", place, "shuttle", &[&example[..], &seeds].concat())],
                    log: Log::Sim,
                    patience: 15 * MINUTE,
                }
            }
            Detector::Loom => {
                let program = tests(place, "loom", "loom", &LOOM, Log::Models, 20 * MINUTE);
                let runs = program.runs.into_iter().map(|run| run.variable("MEMGUARD_FAIL_FAST", "1")).collect();
                Program { runs, ..program }
            }
            Detector::Stress => {
                let binary = ["-p", "memguard-stress", "--bin", "memguard-stress", "--release"];
                let reports = place.builds.join("stress").to_string_lossy().into_owned();
                let run = ["--", "run", "--duration", "20s", "--quiet", "--reports-dir", &reports];
                Program {
                    build: Some(cargo("build", "", place, "release", &binary)),
                    runs: vec![cargo("run", "", place, "release", &[&binary[..], &run].concat())],
                    log: Log::Stress,
                    patience: 10 * MINUTE,
                }
            }
            Detector::Fuzz => fuzz(place, bug),
            Detector::Miri => {
                let builds = place.builds.join("miri").to_string_lossy().into_owned();
                let step = |word| {
                    Step::new(["memguard/tests/interpreted/in-miri", "16", "", word])
                        .variable("CARGO_TARGET_DIR", &*builds)
                        .variable("RUST_TEST_NOCAPTURE", "1")
                };
                Program {
                    build: Some(step("--no-run")),
                    runs: vec![step("threads")],
                    log: Log::Miri,
                    patience: 20 * MINUTE,
                }
            }
            Detector::Tsan => sanitizer("thread"),
            Detector::Asan => sanitizer("address"),
        }
    }

    fn every_model(&self, place: &Place, but: &[String]) -> Program {
        let program = tests(place, "loom", "loom", &LOOM, Log::Models, 60 * MINUTE);
        let runs = program.runs.into_iter().map(|mut run| {
            run.words.extend(["--".to_owned(), "--exact".to_owned()]);
            run.words.extend(but.iter().flat_map(|model| ["--skip".to_owned(), model.clone()]));
            run
        });
        Program { runs: runs.collect(), ..program }
    }

    fn lacks(&self, detector: Detector) -> Option<String> {
        match detector {
            Detector::Fuzz => {
                let lines = self.says("bash", &["-c", ". fuzz/common.sh; missing_tools"])?;
                let lines = lines.trim();
                (!lines.is_empty()).then(|| lines.replace('\n', "; "))
            }
            Detector::Miri => self.lacks_of_nightly(&["miri", "rust-src"]),
            Detector::Tsan | Detector::Asan => self.lacks_of_nightly(&["rust-src"]),
            _ => None,
        }
    }
}

impl Workspace {
    fn lacks_of_nightly(&self, components: &[&str]) -> Option<String> {
        let parts = self.says("rustup", &["component", "list", "--installed", "--toolchain", "nightly"]);
        let parts = parts.unwrap_or_default();
        let missing: Vec<&str> = components.iter().copied().filter(|&name| !parts.contains(name)).collect();
        (!missing.is_empty()).then(|| {
            let missing = missing.join(" ");
            format!("the nightly toolchain lacks a part: rustup component add {missing} --toolchain nightly")
        })
    }

    /// What a program prints. If it cannot be run, its detector will say so.
    fn says(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).current_dir(&self.top).stdin(Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

// As in .cargo/config.toml.
const SHUTTLE: &[&str] = &[
    "--release",
    "--config",
    "build.rustflags=['--cfg','shuttle']",
    "--config",
    "profile.release.package.memguard.debug-assertions=true",
];
const LOOM: [&str; 7] =
    ["-p", "model-tests", "--test", "models", "--release", "--config", "build.rustflags=['--cfg','loom']"];

/// A command of cargo that must have this cfg. It builds in a folder of this name.
fn cargo(command: &str, cfg: &str, place: &Place, builds: &str, arguments: &[&str]) -> Step {
    let builds = place.builds.join(builds).to_string_lossy().into_owned();
    let words = ["cargo", command, "--target-dir", &builds].into_iter().chain(arguments.iter().copied());
    Step::new(words)
        // A detector that lost its cfg would miss every bug.
        .variable("MEMGUARD_EXPECTS", cfg)
        // A bug changes a few functions. Release builds would compile whole crates again.
        .variable("CARGO_INCREMENTAL", "1")
        .variable("RUST_BACKTRACE", "0")
        .variable("RUST_TEST_NOCAPTURE", "1")
        .variable("CARGO_TERM_COLOR", "never")
}

fn tests(place: &Place, cfg: &str, builds: &str, arguments: &[&str], log: Log, patience: Duration) -> Program {
    let build = cargo("test", cfg, place, builds, &[&["--no-run"], arguments].concat());
    Program { build: Some(build), runs: vec![cargo("test", cfg, place, builds, arguments)], log, patience }
}

/// Three runs of the bug's target. Without a bug: all targets for a short time.
fn fuzz(place: &Place, bug: Option<&Bug>) -> Program {
    let builds = place.builds.join("fuzz").to_string_lossy().into_owned();
    let script = |words: &[&str]| {
        Step::new(words.iter().copied()).variable("CARGO_TARGET_DIR", &*builds).variable("RUST_BACKTRACE", "0")
    };
    let patience = 30 * MINUTE;
    let Some(target) = bug.and_then(|bug| bug.fuzz_target.as_deref()) else {
        return Program { build: None, runs: vec![script(&["fuzz/smoke.sh"])], log: Log::Fuzzer, patience };
    };
    Program {
        build: Some(script(&["fuzz/from-nothing", "--build", target])),
        runs: ["1", "2", "3"].iter().map(|seed| script(&["fuzz/from-nothing", target, seed, "60"])).collect(),
        log: Log::Fuzzer,
        patience: 2 * MINUTE,
    }
}

/// The script builds in the copy's own folder, which is kept.
fn sanitizer(kind: &str) -> Program {
    let run = ["stress/sanitize", kind, "--duration", "30s", "--threads", "8", "--stall-after", "60s"];
    Program {
        build: Some(Step::new(["stress/sanitize", kind, "--help"])),
        runs: vec![Step::new(run)],
        log: Log::Stress,
        patience: 15 * MINUTE,
    }
}
