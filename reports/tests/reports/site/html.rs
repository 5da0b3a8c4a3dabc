//! As much of HTML as the tests need.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>"#).unwrap());
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"([a-zA-Z-]+)(?:="([^"]*)")?"#).unwrap());

/// A tag, in the order of the page.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub is_end: bool,
    pub attributes: BTreeMap<String, String>,
    /// The text up to the next tag.
    pub text: String,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// All tags of a page. The style sheet is left out.
pub fn tags(page: &str) -> Vec<Tag> {
    let (before, rest) = page.split_once("<style>").expect("a page has a style sheet");
    let page = before.to_owned() + rest.split_once("</style>").unwrap().1;
    let found: Vec<_> = TAG.captures_iter(&page).collect();
    let tag = |(at, found): (usize, &regex::Captures<'_>)| {
        let end = found.get(0).unwrap().end();
        let next = TAG.find_at(&page, end).map_or(page.len(), |next| next.start());
        assert!(at > 0 || found[2] == *"html", "{page}");
        let attributes = ATTRIBUTE.captures_iter(&found[3]);
        Tag {
            name: found[2].to_owned(),
            is_end: &found[1] == "/",
            attributes: attributes
                .map(|it| (it[1].to_owned(), it.get(2).map_or("", |value| value.as_str()).to_owned()))
                .collect(),
            text: page[end..next].to_owned(),
        }
    };
    found.iter().enumerate().map(tag).collect()
}

/// The tags of this name that begin something.
pub fn named<'t>(tags: &'t [Tag], name: &str) -> Vec<&'t Tag> {
    tags.iter().filter(|tag| tag.name == name && !tag.is_end).collect()
}
