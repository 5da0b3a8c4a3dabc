//! What commands can name: packages with their targets and features, aliases, scripts.

use crate::commands::options::Program;
use crate::tree::{Tree, is_rust};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

pub struct Workspace<'t> {
    tree: &'t Tree,
    packages: Vec<Package>,
    aliases: BTreeMap<String, Vec<String>>,
}

pub struct Package {
    pub name: String,
    /// The path of its manifest.
    pub manifest: String,
    pub features: BTreeSet<String>,
    /// `src/main.rs`, if there is one.
    pub main: Option<Target>,
    /// Kind, then name.
    pub targets: BTreeMap<(&'static str, String), Target>,
}

/// A program that cargo builds.
pub struct Target {
    pub name: String,
    pub program: Program,
}

impl Target {
    /// What is wrong with these arguments.
    pub fn judge(&self, arguments: &[String]) -> Vec<String> {
        self.program.judge(&self.name, arguments)
    }
}

/// Kinds of target, each with the folder and with the name of its table in a manifest.
const KINDS: [(&str, &str); 4] = [("example", "examples"), ("test", "tests"), ("bench", "benches"), ("bin", "src/bin")];

impl<'t> Workspace<'t> {
    pub fn of(tree: &'t Tree) -> Self {
        let manifests = tree.files(|path| path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
        let packages = manifests.filter_map(|(path, text)| Package::of(tree, path, text)).collect();
        let config: Table = parsed(tree.text(".cargo/config.toml").unwrap_or_default(), ".cargo/config.toml");
        let words = |value: &Value| match value {
            Value::String(line) => line.split_whitespace().map(str::to_owned).collect(),
            value => value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        };
        let aliases = config.get("alias").and_then(Value::as_table).into_iter().flatten();
        let aliases = aliases.map(|(name, value)| (name.clone(), words(value))).collect();
        Self { tree, packages, aliases }
    }

    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// What an alias stands for. One that runs memguard-expect stands for the command that this runs.
    pub fn alias(&self, name: &str) -> Option<&[String]> {
        let words = self.aliases.get(name)?;
        let inner =
            words.iter().position(|word| word == "--").filter(|_| words.iter().any(|word| word == "memguard-expect"));
        // After `--` come the name of the gate and its cfg.
        Some(inner.and_then(|at| words.get(at + 3..)).unwrap_or(words))
    }

    /// Path and text of a script, which may be named from any folder above it.
    pub fn script(&self, name: &str) -> Option<(&'t str, &'t str)> {
        let end = format!("/{}", name.trim_start_matches("./"));
        let mut found = self.tree.files(|path| format!("/{path}").ends_with(&end));
        found.next()
    }

    pub fn exists(&self, path: &str) -> bool {
        self.tree.text(path).is_some()
    }

    pub fn is_executable(&self, path: &str) -> bool {
        self.tree.is_executable(path)
    }

    /// Whether a source file or a script names the variable.
    pub fn reads(&self, variable: &str) -> bool {
        let text = self.tree.files(|path| !path.ends_with(".md") && !path.starts_with("reports/tests/tidy/"));
        text.into_iter().any(|(_, text)| text.contains(variable))
    }
}

impl Package {
    fn of(tree: &Tree, manifest: &str, text: &str) -> Option<Self> {
        let table = parsed(text, manifest);
        let name = table.get("package")?.get("name")?.as_str()?.to_owned();
        let folder = manifest.trim_end_matches("Cargo.toml");
        let library = format!("{folder}src/");
        let keys = |name: &str| table.get(name).and_then(Value::as_table).into_iter().flatten();
        let is_optional = |value: &Value| value.get("optional").and_then(Value::as_bool) == Some(true);
        let optional = keys("dependencies").filter(|(_, value)| is_optional(value));
        let features = keys("features").chain(optional).map(|(name, _)| name.clone()).chain(["default".to_owned()]);
        let mut targets = BTreeMap::new();
        for (kind, below) in KINDS {
            let below = format!("{folder}{below}/");
            for (path, _) in tree.files(|path| path.starts_with(&below) && is_rust(path)) {
                // `x.rs`, or `x/main.rs` with all that is in `x/`.
                let (name, start) = match path[below.len()..].split_once('/') {
                    None => (path[below.len()..].trim_end_matches(".rs"), path.to_owned()),
                    Some((name, "main.rs")) => (name, format!("{below}{name}/")),
                    Some(_) => continue,
                };
                let program = Program::of(tree, &start, &library);
                targets.insert((kind, name.to_owned()), Target { name: name.to_owned(), program });
            }
            for declared in table.get(kind).and_then(Value::as_array).into_iter().flatten() {
                let Some(name) = declared.get("name").and_then(Value::as_str) else { continue };
                let Some(path) = declared.get("path").and_then(Value::as_str) else { continue };
                let program = Program::of(tree, &format!("{folder}{path}"), &library);
                targets.insert((kind, name.to_owned()), Target { name: name.to_owned(), program });
            }
        }
        let main = tree.text(&format!("{library}main.rs")).is_some().then(|| {
            let program = Program::of(tree, &library, &library);
            Target { name: name.clone(), program }
        });
        Some(Self { manifest: manifest.to_owned(), features: features.collect(), main, targets, name })
    }

    /// The target of this kind and name. A bin may be `src/main.rs`.
    pub fn target(&self, kind: &'static str, name: &str) -> Option<&Target> {
        let main = self.main.as_ref().filter(|main| kind == "bin" && main.name == name);
        main.or_else(|| self.targets.get(&(kind, name.to_owned())))
    }
}

fn parsed(text: &str, path: &str) -> Table {
    text.parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}
