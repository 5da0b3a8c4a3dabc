//! The steps of this repository, in an order that fails early. A new step is one entry here.

use crate::figure::Figure;
use crate::step::Command::{OfReadme, Shell};
use crate::step::{Ahead, Scope, Step};
use crate::tools::Tool;

const GIT: Tool = Tool { name: "git", probe: &["git", "--version"], install: "apt-get install git" };
const RUSTFMT: Tool =
    Tool { name: "rustfmt", probe: &["cargo", "fmt", "--version"], install: "rustup component add rustfmt" };
const CLIPPY: Tool =
    Tool { name: "clippy", probe: &["cargo", "clippy", "--version"], install: "rustup component add clippy" };
const RUSTUP: Tool = Tool {
    name: "rustup",
    probe: &["rustup", "--version"],
    install: "https://rustup.rs installs it. It installs the standard libraries of other systems",
};
/// rustc calls it to link.
const CC: Tool = Tool { name: "a C compiler", probe: &["cc", "--version"], install: "apt-get install gcc" };

/// The tests of each binary that cargo runs.
const PASSED: Figure = Figure { unit: "tests passed", pattern: "test result: ok. {} passed" };

/// All steps.
pub const STEPS: &[Step] = &[
    Step {
        name: "format",
        shows: "the source has the format of rustfmt",
        serves: "style",
        scope: Scope::Both,
        tools: &[RUSTFMT],
        commands: &[
            Shell("cargo fmt --all --check"),
            // These modules are declared by a macro, where cargo fmt does not look.
            Shell("rustfmt --check memguard/src/memory/store/*.rs"),
        ],
        figures: &[],
    },
    Step {
        name: "patches",
        shows: "the seeded bugs still apply",
        serves: "the gate of seeded bugs",
        scope: Scope::Both,
        tools: &[GIT],
        commands: &[Shell(".ci/patches")],
        figures: &[Figure { unit: "patches", pattern: "{} patches apply" }],
    },
    Step {
        name: "reports",
        shows: "each page in reports/ is what its record says",
        serves: "evidence that is not stale",
        scope: Scope::Both,
        tools: &[CC],
        // What the build of `cargo verify` has compiled.
        commands: &[Shell("cargo run -q -p memguard-reports -- check")],
        figures: &[],
    },
    Step {
        name: "tidy",
        shows: "commands, paths and figures in documents are right, and no imports form a circle",
        serves: "documents that are not stale",
        // The step `tests` runs these too.
        scope: Scope::Quick,
        tools: &[CC],
        commands: &[Shell("cargo test -p memguard-reports --test tidy")],
        figures: &[PASSED],
    },
    Step {
        name: "lints-library",
        shows: "the library as its users build it has no warning of clippy",
        serves: "style, soundness",
        scope: Scope::Both,
        tools: &[CC, CLIPPY],
        commands: &[Shell("cargo clippy -p memguard --all-targets -- -D warnings")],
        figures: &[],
    },
    Step {
        name: "lints",
        shows: "the workspace with all features has no warning of clippy",
        serves: "style, soundness",
        scope: Scope::Full,
        tools: &[CC, CLIPPY],
        // .ci/lints-models, which runs at night, does the same for the code of the models.
        commands: &[Shell("cargo clippy --workspace --all-targets --all-features -- -D warnings")],
        figures: &[],
    },
    Step {
        name: "targets",
        shows: "the library compiles for the other systems",
        serves: "portability",
        scope: Scope::Full,
        tools: &[CC, RUSTUP],
        commands: &[Shell(".ci/targets")],
        figures: &[Figure { unit: "targets", pattern: "{} targets compile" }],
    },
    Step {
        name: "docs",
        shows: "the documentation builds without warnings, also as users and docs.rs build it",
        serves: "documentation",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[Shell(".ci/docs")],
        figures: &[Figure { unit: "builds", pattern: "Generated " }],
    },
    Step {
        name: "tests",
        shows: "the tests of the workspace pass, run as README.md says",
        serves: "all guarantees",
        scope: Scope::Full,
        tools: &[CC, GIT],
        commands: &[OfReadme("cargo test ")],
        figures: &[PASSED],
    },
    Step {
        name: "library",
        shows: "the library alone passes its tests, with lockdep compiled out",
        serves: "all guarantees",
        scope: Scope::Both,
        tools: &[CC],
        commands: &[Shell("cargo test -p memguard")],
        figures: &[PASSED],
    },
    Step {
        name: "lockdep-off",
        shows: "the lock checker for programs compiles out, and its stand-in for parking_lot works",
        serves: "ORDER",
        scope: Scope::Full,
        tools: &[CC, CLIPPY],
        commands: &[
            Shell("cargo clippy -p memguard-lockdep --all-targets -- -D warnings"),
            Shell("memguard/lockdep/parking_lot/prepare"),
            Shell("cargo test --manifest-path memguard/lockdep/parking_lot/example/Cargo.toml"),
        ],
        figures: &[PASSED],
    },
    Step {
        name: "downstream",
        shows: "a crate that sets a cfg for its own tests gets the real locks",
        serves: "PROGRESS",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[
            Shell(
                "MEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' \
                 cargo test --release -p memguard-downstream --target-dir target/loom",
            ),
            Shell(
                "MEMGUARD_EXPECTS=shuttle RUSTFLAGS='--cfg shuttle' \
                 cargo test --release -p memguard-downstream --target-dir target/shuttle",
            ),
        ],
        figures: &[PASSED],
    },
    Step {
        name: "residue",
        shows: "a release build leaves nothing of secrets in memory",
        serves: "CLEAN, WIPED",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[Shell("cargo test --release -p memguard --features lockdep,sim,serde --lib --test residue")],
        figures: &[PASSED],
    },
    Step {
        name: "models",
        shows: "small programs keep the guarantees under every schedule, and reach every outcome of every lock",
        serves: "ORDER, PROGRESS, WIPED, EXACT; the gate of coverage",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[
            Shell("cargo models"),
            Shell(
                "MEMGUARD_EXPECTS=loom RUSTFLAGS='--cfg loom' cargo test --release -p memguard-lockdep \
                 --features check,models --lib --target-dir target/loom",
            ),
        ],
        figures: &[
            Figure { unit: "models", pattern: "gate: pass, {} models" },
            Figure { unit: "executions", pattern: " models, {} executions" },
            PASSED,
        ],
    },
    Step {
        name: "deep",
        shows: "large programs keep the guarantees under thousands of schedules",
        serves: "ORDER, PROGRESS, WIPED, EXACT",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[Shell("cargo deep")],
        figures: &[PASSED],
    },
    Step {
        name: "sim",
        shows: "drawn programs keep the guarantees while the system refuses calls",
        serves: "all guarantees",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[Shell("cargo sim --seeds 0..5000 --quiet")],
        figures: &[
            Figure { unit: "cases", pattern: "sim: {} cases passed" },
            Figure { unit: "steps", pattern: " cases passed, {} steps" },
        ],
    },
    Step {
        name: "misuse",
        shows: "gates that would run nothing fail",
        serves: "every gate",
        scope: Scope::Full,
        tools: &[CC],
        commands: &[Shell(".ci/misuse")],
        figures: &[Figure { unit: "refused", pattern: "refused: " }],
    },
    Step {
        name: "stress",
        shows: "ten seconds over all scenarios, on real locked pages, break nothing",
        serves: "all guarantees",
        scope: Scope::Full,
        tools: &[CC],
        // The tests have run the self-test and built the program. An optimised one takes two minutes to build. The
        // nightly soak runs it for an hour.
        commands: &[
            // Fresh after the tests. `cargo build` would unify other features and compile it again.
            Shell("cargo test -q --workspace --all-features --no-run"),
            Shell("\"${CARGO_TARGET_DIR:-target}/debug/memguard-stress\" run --duration 10s"),
        ],
        figures: &[
            Figure { unit: "scenarios", pattern: "verdict: pass ({} scenarios" },
            Figure { unit: "operations", pattern: " scenarios, {} operations" },
        ],
    },
];

/// The tests wait for much of their time. Meanwhile the later gates are compiled, behind everything else.
pub const AHEAD: Ahead = Ahead {
    behind: "tests",
    help: &["models", "deep", "sim"],
    line: "cargo models -- --list; cargo deep -- --list; cargo sim --seeds 0..1",
};

#[cfg(test)]
mod tests {
    use super::{AHEAD, STEPS};
    use crate::step::Scope;

    #[test]
    fn every_step_is_whole_and_has_a_name_of_its_own() {
        for (at, step) in STEPS.iter().enumerate() {
            let letters = step.name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
            assert!(letters && !step.name.is_empty(), "{:?} is the name of a file and an argument", step.name);
            assert!(!step.commands.is_empty() && !step.shows.is_empty() && !step.serves.is_empty(), "{}", step.name);
            assert!(STEPS[..at].iter().all(|other| other.name != step.name), "{} is there twice", step.name);
        }
    }

    /// Otherwise the step passes if its command runs no test.
    #[test]
    fn every_step_with_tests_has_a_figure() {
        for step in STEPS {
            let tests = format!("{:?}", step.commands);
            let tests = ["cargo test", "cargo models", "cargo deep"].iter().any(|start| tests.contains(start));
            assert!(!tests || !step.figures.is_empty(), "{}", step.name);
        }
    }

    /// Lines that the programs print. If one prints another line, its step fails, and this says what is expected.
    #[test]
    fn figures_are_read_from_what_the_programs_print() {
        for (name, line, expected) in [
            ("patches", "46 patches apply", &["46 patches"][..]),
            ("targets", "8 targets compile", &["8 targets"]),
            ("docs", "   Generated /a/target/doc/memguard/index.html and 12 other files", &["1 builds"]),
            ("tests", "test result: ok. 17 passed; 0 failed; 0 ignored", &["17 tests passed"]),
            (
                "models",
                "gate: pass, 117 models, 798807 executions, 179 s, record in /a/target/models.json",
                &["117 models", "798807 executions"],
            ),
            ("sim", "sim: 5000 cases passed, 5879576 steps, 31.2 s, trace 01ab", &["5000 cases", "5879576 steps"]),
            ("misuse", "refused: cargo models nosuch", &["1 refused"]),
            (
                "stress",
                "verdict: pass (20 scenarios, 1,234,567 operations, seed 7)",
                &["20 scenarios", "1234567 operations"],
            ),
        ] {
            let step = STEPS.iter().find(|step| step.name == name).expect("there is such a step");
            let read = step.figures.iter().filter_map(|figure| Some(format!("{} {}", figure.read(line)?, figure.unit)));
            assert_eq!(read.collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn what_runs_ahead_names_steps_that_come_later() {
        let place = |name: &str| STEPS.iter().position(|step| step.name == name).expect("there is such a step");
        assert!(AHEAD.help.iter().all(|helped| place(helped) > place(AHEAD.behind)));
        assert_eq!(STEPS[place(AHEAD.behind)].scope, Scope::Full);
    }
}
