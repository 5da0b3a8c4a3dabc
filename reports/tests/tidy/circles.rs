//! No circle of imports between the files of a crate.
//!
//! A file imports another one if a path in its code leads to something that the other one defines. Re-exports are
//! followed to the definition, so a `mod.rs` that only declares and re-exports imports nothing. Methods are not seen:
//! their caller has the type from some import.

use crate::tree::Tree;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree, Visibility};

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut imports = 0;
    for (root, _) in tree.files(is_root) {
        let target = Target::read(tree, root);
        let edges = target.edges();
        imports += edges.len();
        let graph: DiGraphMap<&str, ()> =
            edges.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect::<DiGraphMap<_, _>>();
        for circle in tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1) {
            let inside: BTreeSet<_> = circle.into_iter().collect();
            let within = |edge: &&(String, String)| inside.contains(&*edge.0) && inside.contains(&*edge.1);
            let arrows: Vec<_> = edges.iter().filter(within).map(|(from, to)| format!("{from} -> {to}")).collect();
            breaches.push(format!("{root}: a circle of {} files: {}", inside.len(), arrows.join(", ")));
        }
    }
    if imports == 0 {
        breaches.push("no import was found, so this rule judges nothing".to_owned());
    }
    breaches
}

/// Whether the path is one that cargo compiles a crate from.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [_, "src", "lib.rs" | "main.rs"] | [_, _, "src", "lib.rs" | "main.rs"] => true,
        [_, "tests" | "benches" | "examples", file] => file.ends_with(".rs"),
        [_, "tests" | "benches" | "examples", _, "main.rs"] => true,
        _ => false,
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

/// One name that a `use` brings in, or all names (`*`).
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
                    let mut found = Vec::new();
                    names_of(&import.tree, &mut Vec::new(), &mut found);
                    let imports = found.into_iter().map(|(name, path)| Import { name, path, is_reexport });
                    self.modules[here].imports.extend(imports);
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
            collect_paths(module.code.clone(), &mut paths);
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
        // Imports that lead to each other end here; rustc would refuse them.
        if depth > 16 {
            return BTreeSet::new();
        }
        let Some((first, rest)) = path.split_first() else {
            return BTreeSet::from([self.modules[at].file.clone()]);
        };
        let module = &self.modules[at];
        match first.as_str() {
            "crate" => return self.files_of(0, rest, depth + 1),
            "self" => return self.files_of(at, rest, depth + 1),
            "super" => return module.parent.map_or_else(BTreeSet::new, |up| self.files_of(up, rest, depth + 1)),
            "*" => return BTreeSet::from([module.file.clone()]),
            _ => {}
        }
        if let Some(&child) = module.children.get(first) {
            return self.files_of(child, rest, depth + 1);
        }
        if module.defines.contains(first) {
            return BTreeSet::from([module.file.clone()]);
        }
        let mut found = BTreeSet::new();
        for import in &module.imports {
            if import.name == *first {
                let whole: Vec<String> = import.path.iter().chain(rest).cloned().collect();
                found.extend(self.files_of(at, &whole, depth + 1));
            } else if import.name == "*" {
                let all = &import.path[..import.path.len() - 1];
                let whole: Vec<String> = all.iter().chain(path).cloned().collect();
                if all.first().is_some_and(|first| {
                    ["crate", "self", "super"].contains(&first.as_str()) || module.children.contains_key(first)
                }) {
                    found.extend(self.files_of(at, &whole, depth + 1));
                }
            }
        }
        found
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

/// Each name that a `use` brings in, with its path.
fn names_of(tree: &UseTree, above: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    let whole = |above: &[String], last: &str| {
        let mut path = above.to_vec();
        if last != "self" || path.is_empty() {
            path.push(last.to_owned());
        }
        path
    };
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            names_of(&path.tree, above, found);
            above.pop();
        }
        UseTree::Name(name) => {
            let path = whole(above, &name.ident.to_string());
            found.push((path.last().cloned().unwrap_or_default(), path));
        }
        UseTree::Rename(rename) => {
            found.push((rename.rename.to_string(), whole(above, &rename.ident.to_string())));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), whole(above, "*"))),
        UseTree::Group(group) => group.items.iter().for_each(|tree| names_of(tree, above, found)),
    }
}

/// Every path in the code, macros and their bodies included: names joined by `::`, and names alone.
fn collect_paths(code: TokenStream, found: &mut Vec<Vec<String>>) {
    collect_below(&[], code, found);
}

fn collect_below(above: &[String], code: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    let mut at = 0;
    let is_punct =
        |at: usize, wanted: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == wanted);
    let joins = |at: usize| is_punct(at, ':') && is_punct(at + 1, ':');
    while at < tokens.len() {
        match &tokens[at] {
            // `pub(super)` says who may import, and imports nothing.
            TokenTree::Ident(ident) if ident == "pub" => {
                let is_group = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Group(_)));
                at += usize::from(is_group(tokens.get(at + 1)));
            }
            TokenTree::Ident(ident) => {
                // A field or a method says nothing about where its type comes from.
                let is_member = at > 0 && is_punct(at - 1, '.') && !(at > 1 && is_punct(at - 2, '.'));
                let goes_on = at > 1
                    && joins(at - 2)
                    && !matches!(tokens.get(at.wrapping_sub(3)), Some(TokenTree::Punct(_)) | None);
                let mut path = above.to_vec();
                path.push(ident.to_string());
                while joins(at + 1) {
                    match tokens.get(at + 3) {
                        Some(TokenTree::Ident(next)) => {
                            path.push(next.to_string());
                            at += 3;
                        }
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            collect_below(&path, group.stream(), found);
                            at += 3;
                        }
                        _ => break,
                    }
                }
                if !is_member && !goes_on {
                    found.push(path);
                }
            }
            TokenTree::Group(group) => collect_below(&[], group.stream(), found),
            _ => {}
        }
        at += 1;
    }
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
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
    crate::breaches(rule, &files, &[&format!("a/src/lib.rs: a circle of 2 files: {arrows}")]);
}

#[test]
fn a_circle_through_a_macro_or_a_module_is_found() {
    let files = [
        ("a/src/lib.rs", "mod room;"),
        ("a/src/room/mod.rs", "mod part; pub struct Room; macro_rules! make { () => { $crate::room::part::Part } }"),
        ("a/src/room/part.rs", "pub struct Part(super::Room);"),
    ];
    let arrows = "a/src/room/mod.rs -> a/src/room/part.rs, a/src/room/part.rs -> a/src/room/mod.rs";
    crate::breaches(rule, &files, &[&format!("a/src/lib.rs: a circle of 2 files: {arrows}")]);
}

#[test]
fn a_facade_is_no_circle() {
    let files = [
        ("a/src/lib.rs", "mod room;"),
        ("a/src/room/mod.rs", "//! A facade.\nmod part; mod whole; pub use part::Part; pub use whole::Whole;"),
        ("a/src/room/part.rs", "pub struct Part;"),
        ("a/src/room/whole.rs", "use super::Part; pub struct Whole(Part);"),
    ];
    crate::breaches(rule, &files, &[]);
}
