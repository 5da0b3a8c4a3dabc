//! What is wrong with a call of cargo.

use crate::commands::workspace::{Package, Workspace};

/// Commands of cargo whose arguments are judged.
const JUDGED: [&str; 8] = ["bench", "build", "check", "clippy", "doc", "fmt", "run", "test"];

/// Commands of cargo and of well-known extensions, whose arguments are theirs.
const OTHERS: [&str; 11] =
    ["add", "fuzz", "install", "llvm-cov", "metadata", "mutants", "package", "publish", "tree", "update", "miri"];

/// Options of cargo with a value that is not judged.
const WITH_A_VALUE: [&str; 6] = ["--config", "--target", "--target-dir", "--profile", "--exclude", "-j"];

/// Options of cargo without a value.
const PLAIN: [&str; 21] = [
    "--all",
    "--all-features",
    "--all-targets",
    "--benches",
    "--bins",
    "--check",
    "--doc",
    "--examples",
    "--help",
    "--lib",
    "--locked",
    "--no-default-features",
    "--no-deps",
    "--no-run",
    "--offline",
    "--open",
    "--quiet",
    "--release",
    "--tests",
    "--workspace",
    "-q",
];

/// Options of the binaries that `cargo test` and `cargo bench` make.
const OF_TESTS: [&str; 12] = [
    "--exact",
    "--format",
    "--ignored",
    "--include-ignored",
    "--list",
    "--nocapture",
    "--quiet",
    "--skip",
    "--test-threads",
    "--show-output",
    "--bench",
    "--help",
];

/// The kinds of target, each with its option.
const TARGETS: [(&str, &str); 4] =
    [("--test", "test"), ("--example", "example"), ("--bench", "bench"), ("--bin", "bin")];

pub fn judge(workspace: &Workspace, arguments: &[String]) -> Vec<String> {
    let Some((command, rest)) = arguments.split_first() else { return Vec::new() };
    // A setting of cargo itself comes before its command, and then the command is not ours to judge.
    if command.starts_with(['-', '+']) || OTHERS.contains(&command.as_str()) {
        return Vec::new();
    }
    if let Some(alias) = workspace.alias(command) {
        return judge(workspace, &joined(alias, rest));
    }
    if !JUDGED.contains(&command.as_str()) {
        return vec![format!("cargo has no command {command}, and .cargo/config.toml no such alias")];
    }
    let end = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
    let (to_cargo, to_program) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let mut call = Call { workspace, packages: Vec::new(), named: Vec::new(), wrong: Vec::new() };
    call.read(to_cargo);
    match command.as_str() {
        "run" => call.judge_program(to_program),
        "test" | "bench" => call.judge_tests(to_program),
        _ => {}
    }
    call.wrong
}

/// The words of an alias and those after it. A second `--` is only a mark.
fn joined(alias: &[String], rest: &[String]) -> Vec<String> {
    let has_end = alias.iter().any(|word| word == "--");
    let rest = rest.iter().filter(|word| !has_end || *word != "--");
    alias.iter().chain(rest).cloned().collect()
}

struct Call<'w> {
    workspace: &'w Workspace<'w>,
    packages: Vec<&'w Package>,
    /// Targets that are named, each with its kind.
    named: Vec<(&'static str, String)>,
    wrong: Vec<String>,
}

impl<'w> Call<'w> {
    fn read(&mut self, words: &[String]) {
        let (mut words, mut features) = (words.iter(), Vec::new());
        while let Some(word) = words.next() {
            let (option, value) = word.split_once('=').map_or((word.as_str(), None), |(o, v)| (o, Some(v.to_owned())));
            let mut value = || value.clone().or_else(|| words.next().cloned()).unwrap_or_default();
            let target = TARGETS.iter().find(|(name, _)| *name == option);
            if let Some((_, kind)) = target {
                self.named.push((kind, value()));
            } else if ["-p", "--package"].contains(&option) {
                self.add_package(&value());
            } else if option == "--manifest-path" {
                self.add_manifest(&value());
            } else if ["--features", "-F"].contains(&option) {
                features.extend(value().split(',').map(str::to_owned));
            } else if WITH_A_VALUE.contains(&option) {
                value();
            } else if option.starts_with('-') && !PLAIN.contains(&option) {
                self.wrong.push(format!("cargo has no option {option}"));
            }
        }
        for feature in features.iter().filter(|feature| !is_any(feature)) {
            self.require(feature, "feature", |package| package.features.contains(feature.as_str()));
        }
        for (kind, name) in self.named.clone().iter().filter(|(_, name)| !is_any(name)) {
            self.require(name, kind, |package| package.target(kind, name).is_some());
        }
    }

    fn add_package(&mut self, name: &str) {
        match self.workspace.package(name) {
            Some(package) => self.packages.push(package),
            None if is_any(name) => {}
            None => self.wrong.push(format!("there is no package {name}")),
        }
    }

    fn add_manifest(&mut self, path: &str) {
        match self.workspace.packages().iter().find(|package| package.manifest == path) {
            Some(package) => self.packages.push(package),
            None if self.workspace.exists(path) => {}
            None => self.wrong.push(format!("{path} does not exist")),
        }
    }

    /// One of the packages must have it. Without a package, the folder decides, which a document only tells a reader.
    fn require(&mut self, name: &str, kind: &str, has: impl Fn(&Package) -> bool) {
        let (qualifier, _) = name.split_once('/').unwrap_or_default();
        if self.workspace.package(qualifier).is_some() {
            return;
        }
        let packages: Vec<&str> = self.packages.iter().map(|package| package.name.as_str()).collect();
        if self.packages.is_empty() {
            if !self.workspace.packages().iter().any(has) {
                self.wrong.push(format!("no package has a {kind} {name}"));
            }
        } else if !self.packages.iter().any(|package| has(package)) {
            self.wrong.push(format!("{} has no {kind} {name}", packages.join(", ")));
        }
    }

    /// What is given to the program that `cargo run` starts. Without a package, nobody knows which it is.
    fn judge_program(&mut self, arguments: &[String]) {
        let named = self.named.first().cloned();
        let target = self.packages.first().and_then(|package| match &named {
            Some((kind, name)) => package.target(kind, name),
            None => package.main.as_ref(),
        });
        self.wrong.extend(target.into_iter().flat_map(|target| target.judge(arguments)));
    }

    fn judge_tests(&mut self, arguments: &[String]) {
        let options = arguments.iter().map(|word| word.split('=').next().unwrap_or(word));
        let unknown = options.filter(|word| word.starts_with('-') && !OF_TESTS.contains(word));
        self.wrong.extend(unknown.map(|option| format!("a test binary has no option {option}")));
    }
}

/// Whether a document means any name.
fn is_any(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_uppercase() || "_…$.".contains(letter)) || word.starts_with('$')
}
