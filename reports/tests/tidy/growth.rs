//! A public enum or a public struct of public fields is `#[non_exhaustive]`, so that it can grow. One that never grows
//! says why in a comment `// Exhaustive: …` above it.

use crate::tree::{Tree, is_library};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemEnum, ItemStruct, Visibility};

fn rule(tree: &Tree) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut judged = 0;
    for (path, text) in tree.files(is_library) {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut items = Items { text, judged: 0, breaches: Vec::new() };
        items.visit_file(&file);
        judged += items.judged;
        breaches.extend(items.breaches.into_iter().map(|(line, name)| {
            format!("{path}:{line}: {name} can grow: make it #[non_exhaustive], or say why not in `// Exhaustive: …`")
        }));
    }
    if judged == 0 {
        breaches.push("no public item was found, so this rule judges nothing".to_owned());
    }
    breaches
}

struct Items<'a> {
    text: &'a str,
    judged: usize,
    breaches: Vec<(usize, String)>,
}

impl Items<'_> {
    fn judge(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        self.judged += 1;
        let line = name.span().start().line;
        if attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive")) {
            return;
        }
        // The comments and attributes directly above the item.
        let above = self.text.lines().take(line - 1).collect::<Vec<_>>();
        let is_above = |line: &&&str| line.trim_start().starts_with(['/', '#']);
        if !above.iter().rev().take_while(is_above).any(|line| line.contains("// Exhaustive: ")) {
            self.breaches.push((line, name.to_string()));
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        if is_public(&item.vis) {
            self.judge(&item.ident, &item.attrs);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let has_fields = !item.fields.is_empty();
        if is_public(&item.vis) && has_fields && item.fields.iter().all(|field| is_public(&field.vis)) {
            self.judge(&item.ident, &item.attrs);
        }
        visit::visit_item_struct(self, item);
    }
}

#[test]
fn the_workspace_keeps_the_rule() {
    crate::kept(rule);
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
    crate::breaches(rule, &[("memguard/src/lib.rs", text)], &wanted.each_ref().map(String::as_str));
}
