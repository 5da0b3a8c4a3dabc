//! Text of a record is text on every page.

use std::fs;

use memguard_reports::{load, render_file, verify};
use serde_json::Value;

use super::records::Site;

const PLANTED: &str = "<script>\"'&]|`*";

/// The paths of all strings in a value.
fn strings(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| strings(item, &format!("{at}/{n}"), found))
        }
        Value::Object(fields) => fields.iter().for_each(|(name, item)| {
            strings(item, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => {}
    }
}

/// Every string that may be any text is markup.
#[test]
fn no_string_of_a_record_is_markup() {
    for kind in ["bench", "fuzz", "kill-matrix", "models", "stress", "verify"] {
        let site = Site::new();
        let is_usable = || match kind {
            "verify" => load::<verify::VerifyRun>(&site.record(kind)).is_ok(),
            _ => render_file(&site.record(kind)).is_ok(),
        };
        let (mut json, mut paths, mut planted) = (site.json(kind), Vec::new(), 0);
        strings(&json, "", &mut paths);
        for path in paths {
            let mut changed = json.clone();
            let text = changed.pointer_mut(&path).unwrap();
            *text = format!("{}{PLANTED}", text.as_str().unwrap()).into();
            fs::write(site.record(kind), changed.to_string()).unwrap();
            if is_usable() {
                (json, planted) = (changed, planted + 1);
            }
        }
        fs::write(site.record(kind), json.to_string()).unwrap();
        assert!(planted >= 10, "{kind}: {planted}");
        site.write();
        let pages = site.pages();
        let shown = |text: &str| pages.values().filter(|page| page.contains(text)).count();
        assert_eq!(shown("<script"), 0, "{kind}");
        assert!(shown("&lt;script&gt;") + shown("&#60;script&#62;") >= 1, "{kind}");
    }
}

/// A record that is refused is quoted too.
#[test]
fn a_refused_record_is_no_markup() {
    let site = Site::new();
    site.edit("stress", |json| json["schema"] = PLANTED.into());
    site.write();
    let pages = site.pages();
    assert!(pages.values().all(|page| !page.contains("<script")));
    assert!(pages["stress.html"].contains("&lt;script&gt;") && pages["index.html"].contains("&lt;script&gt;"));
}
