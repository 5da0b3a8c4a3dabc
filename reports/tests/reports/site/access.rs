//! The pages can be read with a keyboard, with a screen reader, and by those who see no colours.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::html::{Tag, named, tags};
use super::records::pages;

/// What is wrong with a page.
fn faults(page: &str) -> Vec<String> {
    let tags = tags(page);
    let mut faults = Vec::new();
    let mut expect = |is_right: bool, what: &str| {
        if !is_right {
            faults.push(what.to_owned());
        }
    };
    let one = |name: &str| named(&tags, name).len() == 1;
    expect(named(&tags, "html").iter().all(|tag| tag.attribute("lang") == Some("en")), "no lang");
    expect(named(&tags, "title").first().is_some_and(|title| !title.text.is_empty()), "no title");
    for landmark in ["h1", "header", "nav", "main"] {
        expect(one(landmark), &format!("not one {landmark}"));
    }
    expect(named(&tags, "nav").iter().all(|nav| nav.attribute("aria-label").is_some()), "a nav has no name");
    let skip = named(&tags, "a").first().and_then(|link| link.attribute("href")).map(str::to_owned);
    let main = named(&tags, "main").first().and_then(|main| main.attribute("id")).map(|id| format!("#{id}"));
    expect(skip.is_some() && skip == main, "the first link does not skip to main");

    let levels = tags.iter().filter(|tag| !tag.is_end).filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok());
    let levels: Vec<u8> = levels.collect();
    expect(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a level of headings is left out");

    let mut names = BTreeSet::new();
    for (at, tag) in tags.iter().enumerate().filter(|(_, tag)| !tag.is_end) {
        let next = tags.get(at + 1);
        let is_named = |name: &str| tag.attribute(name).is_some_and(|value| !value.trim().is_empty());
        match tag.name.as_str() {
            "table" => {
                let caption = next.filter(|next| next.name == "caption");
                expect(caption.is_some_and(|caption| !caption.text.trim().is_empty()), "a table has no caption");
                let around = &tags[at - 1];
                let is_region = |around: &Tag| {
                    around.attribute("role") == Some("region") && around.attribute("tabindex") == Some("0")
                };
                let is_stacked = tag.attribute("class") == Some("stacked");
                expect(is_region(around) || is_stacked, "a table is in no region that scrolls");
                if let Some(name) = around.attribute("aria-label") {
                    expect(names.insert(name.to_owned()), &format!("two regions are named {name}"));
                }
            }
            "th" => expect(matches!(tag.attribute("scope"), Some("col" | "row")), "a th has no scope"),
            "svg" => {
                expect(tag.attribute("role") == Some("img") && is_named("aria-label"), "a picture has no name");
                expect(
                    next.is_some_and(|next| next.name == "title" && !next.text.is_empty()),
                    "a picture has no title",
                );
            }
            "div" if tag.attribute("class") == Some("wide") => {
                let scrolls = tag.attribute("tabindex") == Some("0") && tag.attribute("role") == Some("region");
                expect(scrolls && is_named("aria-label"), "what scrolls is no region with a name");
            }
            "details" => expect(next.is_some_and(|next| next.name == "summary"), "details have no summary"),
            "figure" => expect(next.is_some_and(|next| next.name == "figcaption"), "a figure has no caption"),
            _ => {}
        }
    }
    faults
}

#[test]
fn every_page_can_be_read_by_everybody() {
    let pages = pages();
    for (name, page) in &pages {
        assert_eq!(faults(page), Vec::<String>::new(), "{name}");
    }
    // Otherwise this judges nothing.
    let all = pages.values().map(String::as_str).collect::<String>();
    for shown in ["<table", "<svg", "<details", "<figure", "scope=\"row\"", "scope=\"col\""] {
        assert!(all.contains(shown), "{shown}");
    }
}

#[test]
fn each_rule_is_broken_once() {
    let pages = pages();
    for (from, to, wanted) in [
        (" lang=\"en\"", "", "no lang"),
        ("<h1>", "<h1></h1><h1>", "not one h1"),
        ("<header>", "", "not one header"),
        ("<main ", "<div ", "not one main"),
        ("<nav aria-label=\"Pages\">", "<nav>", "a nav has no name"),
        ("href=\"#content\"", "href=\"#\"", "the first link does not skip to main"),
        ("<h2>", "<h3>", "a level of headings is left out"),
        ("<caption ", "<i ", "a table has no caption"),
        (" tabindex=\"0\"", "", "a table is in no region that scrolls"),
        (" scope=\"row\"", "", "a th has no scope"),
        (" role=\"img\"", "", "a picture has no name"),
        ("<title>What waits", "<i>What waits", "a picture has no title"),
        ("<summary>", "<i>", "details have no summary"),
        ("<figcaption>", "<i>", "a figure has no caption"),
    ] {
        let page = pages.values().find(|page| page.contains(from)).expect(from);
        let faults = faults(&page.replace(from, to));
        assert!(faults.iter().any(|fault| fault == wanted), "{wanted}: {faults:?}");
    }
}

/// The state is a word on the page, not only a colour.
#[test]
fn text_has_enough_contrast() {
    let style = include_str!("../../../templates/style.css");
    let colour = Regex::new(r"--([a-z]+): #([0-9a-f]{6})").unwrap();
    let (light, dark) = style.split_once("prefers-color-scheme: dark").unwrap();
    for part in [light, dark] {
        let colours: BTreeMap<&str, f64> =
            colour.captures_iter(part).map(|it| (it.get(1).unwrap().as_str(), luminance(&it[2]))).collect();
        for (text, ground) in [
            ("ink", "paper"),
            ("soft", "paper"),
            ("a", "paper"),
            ("b", "paper"),
            ("good", "paper"),
            ("bad", "paper"),
            ("ink", "tint"),
        ] {
            let (text_light, ground_light) = (colours[text], colours[ground]);
            let (most, least) = (text_light.max(ground_light), text_light.min(ground_light));
            let contrast = (most + 0.05) / (least + 0.05);
            assert!(contrast >= 4.5, "{text} on {ground}: {contrast}");
        }
    }
    assert!((luminance("ffffff") - 1.0).abs() < 1e-9 && luminance("000000") == 0.0);
}

/// The relative luminance of a colour, as WCAG 2 defines it.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
