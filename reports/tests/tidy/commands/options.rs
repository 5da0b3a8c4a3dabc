//! The options of a program, from its definitions for clap. A program without them has those that its source names.

use crate::source;
use crate::tree::{Tree, is_rust};
use std::collections::{BTreeMap, BTreeSet};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Field, Fields, Item, Lit, Meta, Token, Type};

pub enum Program {
    /// It has definitions for clap.
    Defined(Definition),
    /// The words in quotes that begin with `--` in its source.
    Named(BTreeSet<String>),
}

/// What a command line may have.
#[derive(Clone, Default)]
pub struct Definition {
    /// Each option, and whether it takes a value.
    options: BTreeMap<String, bool>,
    commands: BTreeMap<String, Definition>,
    has_positionals: bool,
}

impl Program {
    /// Of the program with its own sources below the path `own`, in a package with sources below `library`.
    pub fn of(tree: &Tree, own: &str, library: &str) -> Self {
        let (mut items, beside) = (items(tree, own), items(tree, library));
        let is_root = |item: &Item| matches!(item, Item::Struct(item) if derives(&item.attrs, "Parser"));
        let mut sources = tree.files(|path| is_rust(path) && path.starts_with(own));
        // A program that only calls the library's `main` has its command line.
        let in_library = sources.any(|(_, text)| text.contains("::main("));
        let root = items.iter().chain(beside.iter().filter(|_| in_library)).find(|item| is_root(item)).cloned();
        items.extend(beside);
        match root {
            Some(Item::Struct(root)) => Self::Defined(Types(&items).of_fields(&root.fields)),
            _ => Self::Named(named(tree, own)),
        }
    }

    /// What is wrong with these arguments.
    pub fn judge(&self, name: &str, arguments: &[String]) -> Vec<String> {
        match self {
            Self::Defined(definition) => definition.judge(name, arguments),
            Self::Named(options) => {
                let given = arguments.iter().map(|word| word.split('=').next().unwrap_or(word));
                let unknown = given.filter(|word| word.starts_with("--") && word.len() > 2 && !options.contains(*word));
                unknown.map(|option| format!("{name} has no option {option}")).collect()
            }
        }
    }
}

impl Definition {
    fn judge(&self, name: &str, arguments: &[String]) -> Vec<String> {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let (option, value) = word.split_once('=').map_or((word.as_str(), None), |(o, v)| (o, Some(v)));
            if let Some(long) = option.strip_prefix("--") {
                match self.options.get(long) {
                    _ if long.is_empty() || ["help", "version"].contains(&long) => {}
                    Some(true) if value.is_none() => drop(words.next()),
                    Some(_) => {}
                    None => return vec![format!("{name} has no option {option}")],
                }
            } else if let Some(command) = self.commands.get(word) {
                return command.judge(&format!("{name} {word}"), words.as_slice());
            } else if !self.commands.is_empty() && !self.has_positionals && is_name(word) {
                return vec![format!("{name} has no command {word}")];
            }
        }
        Vec::new()
    }

    fn add(&mut self, other: Self) {
        self.options.extend(other.options);
        self.commands.extend(other.commands);
        self.has_positionals |= other.has_positionals;
    }
}

/// Whether a document means this word, and not any word in its place.
fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_lowercase())
}

/// What stands in the sources below a path that may define a command line.
fn items(tree: &Tree, start: &str) -> Vec<Item> {
    let files = tree.files(|path| is_rust(path) && path.starts_with(start));
    let files = files.filter(|(_, text)| {
        text.contains("derive(") && ["Parser", "Args", "Subcommand"].iter().any(|name| text.contains(name))
    });
    files.filter_map(|(_, text)| syn::parse_file(text).ok()).flat_map(|file| file.items).collect()
}

/// The types of a program, by which definitions refer to each other.
struct Types<'i>(&'i [Item]);

impl Types<'_> {
    fn of_fields(&self, fields: &Fields) -> Definition {
        let mut all = Definition::default();
        fields.iter().for_each(|field| all.add(self.of_field(field)));
        all
    }

    fn of_field(&self, field: &Field) -> Definition {
        let mut own = Definition::default();
        if has(&field.attrs, "flatten") {
            own = self.of_type(&field.ty);
        } else if has(&field.attrs, "subcommand") {
            own.commands = self.of_commands(&field.ty);
        } else {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            match value(&field.attrs, "long") {
                Some(long) => drop(own.options.insert(long.unwrap_or_else(|| kebab(&name)), !is(&field.ty, "bool"))),
                None => own.has_positionals = true,
            }
        }
        own
    }

    fn of_type(&self, named: &Type) -> Definition {
        let found = self.0.iter().find_map(|item| match item {
            Item::Struct(item) if is(named, &item.ident.to_string()) && derives(&item.attrs, "Args") => Some(item),
            _ => None,
        });
        found.map(|item| self.of_fields(&item.fields)).unwrap_or_default()
    }

    fn of_commands(&self, named: &Type) -> BTreeMap<String, Definition> {
        let found = self.0.iter().find_map(|item| match item {
            Item::Enum(item) if is(named, &item.ident.to_string()) && derives(&item.attrs, "Subcommand") => Some(item),
            _ => None,
        });
        let of_variant = |variant: &syn::Variant| {
            let name = value(&variant.attrs, "name").flatten().unwrap_or_else(|| kebab(&variant.ident.to_string()));
            let definition = match &variant.fields {
                Fields::Unnamed(fields) => {
                    fields.unnamed.first().map(|field| self.of_type(&field.ty)).unwrap_or_default()
                }
                fields => self.of_fields(fields),
            };
            (name, definition)
        };
        found.into_iter().flat_map(|item| &item.variants).map(of_variant).collect()
    }
}

/// Whether the last name in the type, also inside of `Option` and the like, is this one.
fn is(found: &Type, name: &str) -> bool {
    let Type::Path(path) = found else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let inner = match &last.arguments {
        syn::PathArguments::AngleBracketed(inner) => inner.args.first(),
        _ => None,
    };
    match inner {
        Some(syn::GenericArgument::Type(inner)) => is(inner, name),
        _ => last.ident == name,
    }
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    has_in(attributes, &["derive"], name)
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    has_in(attributes, &["arg", "command", "clap"], name)
}

fn has_in(attributes: &[Attribute], lists: &[&str], name: &str) -> bool {
    metas(attributes, lists).iter().any(|meta| meta.path().segments.last().is_some_and(|last| last.ident == name))
}

/// `None` if the attribute is not there, `Some(None)` if it has no value.
fn value(attributes: &[Attribute], name: &str) -> Option<Option<String>> {
    let meta = metas(attributes, &["arg", "command", "clap"]).into_iter().find(|meta| meta.path().is_ident(name))?;
    let Meta::NameValue(pair) = meta else { return Some(None) };
    let Expr::Lit(literal) = pair.value else { return Some(None) };
    if let Lit::Str(text) = literal.lit { Some(Some(text.value())) } else { Some(None) }
}

/// What the attributes of these names list.
fn metas(attributes: &[Attribute], lists: &[&str]) -> Vec<Meta> {
    let wanted = attributes.iter().filter(|attribute| lists.iter().any(|list| attribute.path().is_ident(list)));
    let parsed =
        wanted.filter_map(|attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    parsed.flatten().collect()
}

/// `SelfTest` and `self_test` as `self-test`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for letter in name.trim_start_matches("r#").chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(if letter == '_' { '-' } else { letter.to_ascii_lowercase() });
    }
    out
}

/// The words in quotes that begin with `--`, in the sources that begin with this path.
fn named(tree: &Tree, start: &str) -> BTreeSet<String> {
    let files = tree.files(|path| is_rust(path) && path.starts_with(start));
    let lines = files.flat_map(|(_, text)| source::code(text));
    lines
        .flat_map(|(_, line)| line.split('"').skip(1).step_by(2))
        .filter(|word| word.starts_with("--"))
        .map(str::to_owned)
        .collect()
}
