//! A command in a document exists: aliases, packages, targets, features, scripts, and the options of our own programs.
//!
//! Judged are the documents at the top, every README, and what the workflows run.

mod cargo;
mod documents;
mod options;
mod workspace;

use crate::findings::{Findings, breaches};
use crate::tree::Tree;
use documents::{Command, commands, is_setting};
use workspace::Workspace;

/// Programs of others that documents name.
const OF_OTHERS: [&str; 9] = ["apt-get", "cd", "docker", "git", "jq", "rustfmt", "rustup", "sudo", "ulimit"];

pub fn rule(tree: &Tree, found: &mut Findings) {
    let workspace = Workspace::of(tree);
    for (path, text) in tree.files(documents::is_judged) {
        for Command { line, words, in_block } in commands(path, text) {
            let (settings, words) = words.split_at(words.iter().take_while(|word| is_setting(word)).count());
            let unset = settings.iter().filter_map(|setting| setting.split('=').next());
            let unset = unset.filter(|name| name.starts_with("MEMGUARD_") && !workspace.reads(name));
            let mut wrong: Vec<String> = unset.map(|name| format!("nothing reads {name}")).collect();
            let Some((program, arguments)) = words.split_first() else { continue };
            // Where cargo puts a program.
            let program = program.trim_start_matches("target/release/").trim_start_matches("target/debug/");
            if program == "cargo" {
                wrong.extend(cargo::judge(&workspace, arguments));
            } else if program.contains('/') {
                wrong.extend(script(&workspace, program, arguments));
            } else if let Some(package) = workspace.package(program) {
                wrong.extend(package.main.iter().flat_map(|target| target.judge(arguments)));
            } else if !OF_OTHERS.contains(&program) && in_block {
                wrong.push(format!("{program} is no command"));
            } else {
                continue;
            }
            found.judged += 1;
            let said = words.join(" ");
            found.breaches.extend(wrong.into_iter().map(|wrong| format!("{path}:{line}: `{said}`: {wrong}")));
        }
    }
}

/// What is wrong with a call of a script.
fn script(workspace: &Workspace, program: &str, arguments: &[String]) -> Vec<String> {
    let Some((path, text)) = workspace.script(program) else {
        return vec![format!("{program} does not exist")];
    };
    let mut wrong = Vec::new();
    // Scripts read a file without this line. A document may name it, but nobody runs it.
    let is_run = text.starts_with("#!") || !arguments.is_empty();
    if is_run && !workspace.is_executable(path) {
        wrong.push(format!("{path} is not executable: chmod +x {path}"));
    }
    let options =
        arguments.iter().map(|word| word.split('=').next().unwrap_or(word)).filter(|word| word.starts_with('-'));
    // As a whole word: in `case`, in its usage, or handed on by a caller.
    let has =
        |option: &str| text.split(|letter: char| !letter.is_alphanumeric() && letter != '-').any(|word| word == option);
    let unknown = options.filter(|option| !has(option) && *option != "--");
    wrong.extend(unknown.map(|option| format!("{path} has no option {option}")));
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[alias]\nplain = \"run -p tool --\"\n\
        gate = [\"run\", \"-p\", \"memguard-expect\", \"--\", \"gate\", \"loom\", \"test\", \"-p\", \"tool\"]\n";
    const MANIFEST: &str = "[package]\nname = \"tool\"\n[features]\nfast = []\n\
        [dependencies]\nserde = { version = \"1\", optional = true }\n";
    const MAIN: &str = r#"
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    how: How,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Args)]
struct How {
    #[arg(long)]
    so_many: u32,
    #[arg(long = "for", short)]
    x: u8,
}

#[derive(Subcommand)]
enum Task {
    SelfTest,
    Check {
        #[arg(long)]
        all: bool,
    },
}

fn main() {
    std::env::var("MEMGUARD_SEED");
}
"#;

    /// What the rule finds in a README with these lines of code.
    fn found(lines: &[&str]) -> Vec<String> {
        let code: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        let files = [
            ("README.md", code.as_str()),
            (".cargo/config.toml", CONFIG),
            ("tool/Cargo.toml", MANIFEST),
            ("tool/src/main.rs", MAIN),
            ("tool/tests/suite.rs", ""),
            ("tool/examples/show.rs", "fn main() { [\"--wide\"]; }"),
            ("tool/benches/locks/main.rs", ""),
            ("tool/run.sh", "case $1 in --total) ;; esac"),
            ("tool/plain.sh", "#!/bin/sh\n"),
        ];
        let mut found = Findings::default();
        rule(&Tree::of(&files).with_executable("tool/run.sh"), &mut found);
        assert!(lines.is_empty() || found.judged > 0);
        found.breaches
    }

    #[test]
    fn commands_that_exist_pass() {
        let lines = [
            "cargo plain --so-many 7 check --all",
            "cargo plain --for=7 self-test --help",
            "cargo gate --test suite -- --exact NAME   # a comment with --nosuch",
            "cargo test --workspace --all-features",
            "cargo test -p tool --features fast,serde --test suite some_name",
            "cargo run --release -p tool --example show -- --wide",
            "cargo bench -p tool --bench locks",
            "cargo run --manifest-path tool/Cargo.toml -- [--so-many N]",
            "MEMGUARD_SEED=7 cargo test",
            "tool/run.sh --total 10m [TARGET …]",
            "./run.sh",
            "tool check --all",
            "rustup toolchain install nightly",
            "cargo install cargo-fuzz --locked",
        ];
        assert_eq!(found(&lines), Vec::<String>::new());
    }

    /// Each is a breach, and the message names it.
    #[test]
    fn commands_that_do_not_exist_are_found() {
        for (line, wanted) in [
            ("cargo nosuch", "cargo has no command nosuch, and .cargo/config.toml no such alias"),
            ("cargo test -p nosuch", "there is no package nosuch"),
            ("cargo test --package=nosuch", "there is no package nosuch"),
            ("cargo test -p tool --test nosuch", "tool has no test nosuch"),
            ("cargo gate --test nosuch", "tool has no test nosuch"),
            ("cargo run -p tool --example nosuch", "tool has no example nosuch"),
            ("cargo bench -p tool --bench nosuch", "tool has no bench nosuch"),
            ("cargo run -p tool --bin nosuch", "tool has no bin nosuch"),
            ("cargo test --test nosuch", "no package has a test nosuch"),
            ("cargo test -p tool --features fast,nosuch", "tool has no feature nosuch"),
            ("cargo test --nosuch", "cargo has no option --nosuch"),
            ("cargo test -- --nosuch", "a test binary has no option --nosuch"),
            ("cargo test --manifest-path nosuch/Cargo.toml", "nosuch/Cargo.toml does not exist"),
            ("cargo plain --nosuch", "tool has no option --nosuch"),
            ("cargo plain check --so-many 7", "tool check has no option --so-many"),
            ("cargo plain nosuch", "tool has no command nosuch"),
            ("cargo run -p tool --example show -- --nosuch", "show has no option --nosuch"),
            ("tool --nosuch", "tool has no option --nosuch"),
            ("MEMGUARD_NOSUCH=7 cargo test", "nothing reads MEMGUARD_NOSUCH"),
            ("tool/nosuch.sh", "tool/nosuch.sh does not exist"),
            ("tool/run.sh --tot", "tool/run.sh has no option --tot"),
            ("tool/plain.sh", "tool/plain.sh is not executable: chmod +x tool/plain.sh"),
            ("nosuch --help", "nosuch is no command"),
        ] {
            let command = line.trim_start_matches("MEMGUARD_NOSUCH=7 ");
            assert_eq!(found(&[line]), [format!("README.md:1: `{command}`: {wanted}")]);
        }
    }

    #[test]
    fn commands_in_every_place_of_a_document_are_found() {
        let page = "Run `cargo one` or `make`.\n\n```sh\n$ cargo two \\\n  --quiet\n```\n\n```rust\ncargo no;\n```\n\n\
            | x | `cargo test -p a`; `… -- --three` |\n";
        let workflow =
            "      - run: cargo four\n      - run: |\n          first=1\n          cargo five\n      - uses: x\n";
        let files = [
            ("a/README.md", page),
            (".github/workflows/ci.yml", workflow),
            ("a/Cargo.toml", "[package]\nname = \"a\"\n"),
            (".cargo/config.toml", "[alias]\n"),
        ];
        let no = |command| format!("cargo has no command {command}, and .cargo/config.toml no such alias");
        let wanted = [
            format!(".github/workflows/ci.yml:1: `cargo four`: {}", no("four")),
            format!(".github/workflows/ci.yml:4: `cargo five`: {}", no("five")),
            format!("a/README.md:1: `cargo one`: {}", no("one")),
            format!("a/README.md:4: `cargo two --quiet`: {}", no("two")),
            "a/README.md:12: `cargo test -p a -- --three`: a test binary has no option --three".to_owned(),
        ];
        breaches(rule, &files, &wanted.each_ref().map(String::as_str));
    }
}
