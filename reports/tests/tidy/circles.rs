//! No circle of imports between the files of a crate.
//!
//! A file imports another one if a path in its code leads to something that the other one defines. Re-exports are
//! followed to the definition, so a `mod.rs` that only declares and re-exports imports nothing. Methods are not seen:
//! their caller has the type from some import.

use crate::findings::{Findings, breaches};
use crate::tree::Tree;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree, Visibility};

/// What cargo compiles a crate from.
const ROOTS: &str = r"^[^/]+/([^/]+/)?src/(lib|main)\.rs$|^[^/]+/(tests|benches|examples)/([^/]+|[^/]+/main)\.rs$";

pub fn rule(tree: &Tree, found: &mut Findings) {
    let roots = Regex::new(ROOTS).expect("it is a pattern");
    for (root, _) in tree.files(|path| roots.is_match(path)) {
        let target = Target::read(tree, root);
        let edges = target.edges();
        found.judged += edges.len();
        let graph: DiGraphMap<&str, ()> = edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        for circle in tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1) {
            let inside: BTreeSet<_> = circle.into_iter().collect();
            let within = |edge: &&(String, String)| inside.contains(&*edge.0) && inside.contains(&*edge.1);
            let arrows: Vec<_> = edges.iter().filter(within).map(|(from, to)| format!("{from} -> {to}")).collect();
            found.breaches.push(format!("{root}: a circle of {} files: {}", inside.len(), arrows.join(", ")));
        }
    }
}

/// The modules of one crate, the root first.
struct Target {
    modules: Vec<Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    defines: BTreeSet<String>,
    imports: Vec<Import>,
    /// Everything but imports and modules.
    code: TokenStream,
}

/// One name that a `use` brings in, or all names of a module (`*`).
struct Import {
    name: String,
    path: Vec<String>,
    is_reexport: bool,
}

impl Target {
    fn read(tree: &Tree, root: &str) -> Self {
        let mut target = Self { modules: Vec::new() };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        target.add_file(tree, root, folder, None);
        target
    }

    fn add_file(&mut self, tree: &Tree, file: &str, folder: &str, parent: Option<usize>) -> usize {
        let text = tree.text(file).unwrap_or_default();
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add(tree, file, folder, parent, parsed.items)
    }

    fn add(&mut self, tree: &Tree, file: &str, folder: &str, parent: Option<usize>, items: Vec<Item>) -> usize {
        let here = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items {
            if let Some(name) = name_of(&item) {
                self.modules[here].defines.insert(name);
            }
            match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let below = format!("{folder}/{name}");
                    let child = match module.content {
                        Some((_, items)) => self.add(tree, file, &below, Some(here), items),
                        None => {
                            let files = [format!("{below}.rs"), format!("{below}/mod.rs")];
                            let Some(found) = files.iter().find(|file| tree.text(file).is_some()) else { continue };
                            self.add_file(tree, found, &below, Some(here))
                        }
                    };
                    self.modules[here].children.insert(name, child);
                }
                Item::Use(import) => {
                    let is_reexport = !matches!(import.vis, Visibility::Inherited);
                    names_of(&import.tree, &[], &mut |name, path| {
                        self.modules[here].imports.push(Import { name, path, is_reexport });
                    });
                }
                other => self.modules[here].code.extend(other.to_token_stream()),
            }
        }
        here
    }

    /// Which file imports which, without itself.
    fn edges(&self) -> BTreeSet<(String, String)> {
        let mut edges = BTreeSet::new();
        for (at, module) in self.modules.iter().enumerate() {
            let mut paths = Vec::new();
            collect_paths(&[], module.code.clone(), &mut paths);
            // The name of a module alone is a declaration or an argument of a macro.
            paths.retain(|path| path.len() > 1 || !module.children.contains_key(&path[0]));
            paths.extend(module.imports.iter().filter(|import| !import.is_reexport).map(|import| import.path.clone()));
            for path in paths {
                for file in self.files_of(at, &path, 0) {
                    if file != module.file {
                        edges.insert((module.file.clone(), file));
                    }
                }
            }
        }
        edges
    }

    /// The files that define what the path leads to, as seen from a module. None, if it leads out of the crate.
    fn files_of(&self, at: usize, path: &[String], depth: usize) -> BTreeSet<String> {
        let module = &self.modules[at];
        let this_file = BTreeSet::from([module.file.clone()]);
        let Some((first, rest)) = path.split_first() else { return this_file };
        // Imports that lead to each other end here; rustc would refuse them.
        if depth > 16 {
            return BTreeSet::new();
        }
        let next = match first.as_str() {
            "crate" => Some(0),
            "self" => Some(at),
            "super" => module.parent,
            name => module.children.get(name).copied(),
        };
        if let Some(next) = next {
            return self.files_of(next, rest, depth + 1);
        }
        if module.defines.contains(first) {
            return this_file;
        }
        let is_inside =
            |start: &str| ["crate", "self", "super"].contains(&start) || module.children.contains_key(start);
        let through = |import: &Import| match import.name.as_str() {
            "*" if import.path.first().is_some_and(|start| is_inside(start)) => Some([&import.path, path].concat()),
            name if name == first => Some([&import.path, rest].concat()),
            _ => None,
        };
        module.imports.iter().filter_map(through).flat_map(|path| self.files_of(at, &path, depth + 1)).collect()
    }
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}

/// Each name that a `use` brings in, with its path. `*` has the path of its module.
fn names_of(tree: &UseTree, above: &[String], add: &mut dyn FnMut(String, Vec<String>)) {
    let below = |name: &syn::Ident| [above, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => names_of(&path.tree, &below(&path.ident), add),
        UseTree::Name(name) if name.ident == "self" => add(above.last().cloned().unwrap_or_default(), above.to_vec()),
        UseTree::Name(name) => add(name.ident.to_string(), below(&name.ident)),
        UseTree::Rename(rename) => add(rename.rename.to_string(), below(&rename.ident)),
        UseTree::Glob(_) => add("*".to_owned(), above.to_vec()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| names_of(tree, above, add)),
    }
}

/// Every path in the code, macros and their bodies included: names joined by `::`, and names alone.
fn collect_paths(above: &[String], code: TokenStream, found: &mut Vec<Vec<String>>) {
    let mut path: Option<Vec<String>> = None;
    // The punctuation since the last token of another kind.
    let mut marks = String::new();
    for token in code {
        match token {
            TokenTree::Punct(mark) => {
                marks.push(mark.as_char());
                continue;
            }
            TokenTree::Ident(name) if marks == "::" => path.iter_mut().for_each(|path| path.push(name.to_string())),
            TokenTree::Ident(name) => {
                found.extend(path.take());
                // A field, a method or a part of a type says nothing about where it comes from.
                let is_member = marks.ends_with('.') && !marks.ends_with("..") || marks.ends_with("::");
                path = (!is_member).then(|| [above, &[name.to_string()]].concat());
            }
            // `pub(super)` says who may import, and imports nothing.
            TokenTree::Group(_) if marks.is_empty() && path.as_ref().is_some_and(|path| path[..] == ["pub"]) => {}
            TokenTree::Group(group) => {
                let is_list = marks == "::" && group.delimiter() == Delimiter::Brace;
                let above = path.take_if(|_| is_list).unwrap_or_default();
                collect_paths(&above, group.stream(), found);
            }
            TokenTree::Literal(_) => {}
        }
        marks.clear();
    }
    found.extend(path);
}

#[test]
fn a_circle_is_found() {
    let files = [
        ("a/src/lib.rs", "mod one; mod two; mod three; pub use one::One;"),
        ("a/src/one.rs", "use crate::two::Two; pub struct One(Two);"),
        ("a/src/two.rs", "pub struct Two; fn f() -> usize { size_of::<super::One>() }"),
        ("a/src/three.rs", "use crate::{One, two::Two};"),
    ];
    let arrows = "a/src/one.rs -> a/src/two.rs, a/src/two.rs -> a/src/one.rs";
    breaches(rule, &files, &[&format!("a/src/lib.rs: a circle of 2 files: {arrows}")]);
}

#[test]
fn a_circle_through_a_macro_or_a_module_is_found() {
    let files = [
        ("a/src/lib.rs", "mod room;"),
        ("a/src/room/mod.rs", "mod part; pub struct Room; macro_rules! make { () => { $crate::room::part::Part } }"),
        ("a/src/room/part.rs", "pub struct Part(super::Room);"),
    ];
    let arrows = "a/src/room/mod.rs -> a/src/room/part.rs, a/src/room/part.rs -> a/src/room/mod.rs";
    breaches(rule, &files, &[&format!("a/src/lib.rs: a circle of 2 files: {arrows}")]);
}

#[test]
fn a_facade_is_no_circle() {
    let files = [
        ("a/src/lib.rs", "mod room;"),
        ("a/src/room/mod.rs", "//! A facade.\nmod part; mod whole; pub use part::Part; pub use whole::Whole;"),
        ("a/src/room/part.rs", "pub struct Part;"),
        ("a/src/room/whole.rs", "use super::Part; pub struct Whole(Part);"),
    ];
    breaches(rule, &files, &[]);
}
