//! Every part has a page, all pages lead to each other, and none leads or asks elsewhere.

use std::collections::BTreeSet;

use super::html::{named, tags};
use super::records::{PARTS, Site, pages};

#[test]
fn every_part_has_a_page_and_is_in_the_navigation() {
    let site = Site::new();
    let parts = site.write();
    assert_eq!(parts.iter().map(|part| part.title).collect::<Vec<_>>(), PARTS.map(|(title, _)| title));
    let pages = site.pages();
    assert_eq!(pages.len(), PARTS.len() + 2, "the front page and the history have pages too");
    let mut files = vec!["index.html".to_owned()];
    files.extend(parts.iter().map(|part| part.page.file_name().unwrap().to_str().unwrap().to_owned()));
    files.push("history.html".to_owned());
    for (name, page) in &pages {
        let (_, nav) = page.split_once("<nav").expect(name);
        let (nav, _) = nav.split_once("</nav>").unwrap();
        let nav = tags(&format!("<html><style></style><nav{nav}"));
        let links = named(&nav, "a");
        let hrefs: Vec<&str> = links.iter().filter_map(|link| link.attribute("href")).collect();
        assert_eq!(hrefs, files, "{name}");
        let here: Vec<_> = links.iter().filter(|link| link.attribute("aria-current") == Some("page")).collect();
        assert!(matches!(here[..], [only] if only.attribute("href") == Some(name)), "{name}: {here:?}");
    }
}

#[test]
fn every_link_leads_to_something() {
    let site = Site::new();
    site.write();
    let pages = site.pages();
    let mut count = 0;
    for (name, page) in &pages {
        let tags = tags(page);
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name} has an id twice: {ids:?}");
        for href in named(&tags, "a").iter().map(|tag| tag.attribute("href").expect("a link leads somewhere")) {
            count += 1;
            match href.strip_prefix('#') {
                Some(id) => assert!(ids.contains(&id), "{name}: {href}"),
                None => assert!(site.out().join(href).is_file(), "{name}: {href}"),
            }
        }
    }
    assert!(count > pages.len() * pages.len(), "each page has a link to each");
}

/// The pages are shown without a network, also years later.
#[test]
fn the_pages_ask_for_nothing() {
    for (name, page) in pages() {
        let (_, style) = page.split_once("<style>").unwrap();
        let (style, _) = style.split_once("</style>").unwrap();
        for asking in ["@import", "url(", "http:", "https:", "//"] {
            assert!(!style.contains(asking), "{name}: {asking}");
        }
        for tag in tags(&page) {
            for (attribute, value) in &tag.attributes {
                assert!(!["src", "srcset", "data", "action", "poster"].contains(&&**attribute), "{name}: {tag:?}");
                assert!(!value.contains("//") && !value.contains("url("), "{name}: {tag:?}");
            }
            assert!(!["script", "iframe", "img", "object", "embed"].contains(&&*tag.name), "{name}: {tag:?}");
            assert!(tag.name != "link" || tag.attribute("href") == Some("data:,"), "{name}: {tag:?}");
        }
    }
}
