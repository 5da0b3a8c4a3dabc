//! A public enum or a public struct of public fields is `#[non_exhaustive]`, so that it can grow. One that never grows
//! says why in a comment `// Exhaustive: …` above it.

use crate::findings::{Findings, breaches};
use crate::tree::{Tree, is_library};
use syn::visit::{self, Visit};
use syn::{Attribute, Fields, Item, Visibility};

pub fn rule(tree: &Tree, found: &mut Findings) {
    for (path, text) in tree.files(is_library) {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Items { path, text, found }.visit_file(&file);
    }
}

struct Items<'a> {
    path: &'a str,
    text: &'a str,
    found: &'a mut Findings,
}

impl Items<'_> {
    fn judge(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        self.found.judged += 1;
        let line = name.span().start().line;
        if attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")) {
            return;
        }
        // The comments and attributes directly above the item.
        let above = self.text.lines().take(line - 1).collect::<Vec<_>>();
        let is_above = |line: &&&str| line.trim_start().starts_with(['/', '#']);
        if !above.iter().rev().take_while(is_above).any(|line| line.contains("// Exhaustive: ")) {
            let hint = "make it #[non_exhaustive], or say why not in `// Exhaustive: …`";
            self.found.breaches.push(format!("{}:{line}: {name} can grow: {hint}", self.path));
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_open = |fields: &Fields| !fields.is_empty() && fields.iter().all(|field| is_public(&field.vis));
        match item {
            Item::Enum(item) if is_public(&item.vis) => self.judge(&item.ident, &item.attrs),
            Item::Struct(item) if is_public(&item.vis) && is_open(&item.fields) => self.judge(&item.ident, &item.attrs),
            _ => {}
        }
        visit::visit_item(self, item);
    }
}

#[test]
fn an_item_that_can_grow_is_found() {
    let text = "\
        #[non_exhaustive]\npub enum Grows { A }\n\
        pub enum Forgotten { A }\n\
        pub(crate) enum Ours { A }\n\
        // Exhaustive: there is no third way.\n#[derive(Debug)]\npub enum Closed { A, B }\n\
        pub struct Plain { pub a: u8 }\npub struct Opaque { a: u8 }\npub struct Pair(pub u8, pub u8);\n";
    let wanted = ["3: Forgotten", "8: Plain", "10: Pair"].map(|place| {
        let hint = "make it #[non_exhaustive], or say why not in `// Exhaustive: …`";
        format!("memguard/src/lib.rs:{place} can grow: {hint}")
    });
    breaches(rule, &[("memguard/src/lib.rs", text)], &wanted.each_ref().map(String::as_str));
}
