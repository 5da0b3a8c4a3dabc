//! The page of the seeded bugs shows everything that the run found.

use crate::common::{data, stored};
use memguard_reports::seeded_bugs::SeededBugs;
use memguard_reports::{ReportError, load, render_file};
use serde_json::{Value, json};

fn example() -> Value {
    serde_json::from_str(&std::fs::read_to_string(data("seeded-bugs.json")).unwrap()).unwrap()
}

fn rendered(json: &Value) -> String {
    let (_dir, path) = stored(json);
    render_file(&path).expect("the file has the shape of its schema")
}

#[test]
fn all_of_it_reaches_the_page() {
    let page = rendered(&example());
    assert!(page.contains("2 of 2 are caught"), "{page}");
    for text in ["01-a", "mixed\\_random", "WIPED: it is not", "10.5", "hung", "900.0", "abc123", "One thing is wrong."]
    {
        let code = text.replace('\\', "");
        assert!(page.contains(text) || page.contains(&code), "no '{text}' in:\n{page}");
    }
}

#[test]
fn a_bug_that_nothing_noticed_is_named() {
    for (at, value, survivor) in [
        ("/bugs/0/findings/1/outcome", json!("missed"), "01-a"),
        // A detector that does not build shows nothing either way.
        ("/bugs/1/findings/0/outcome", json!("does_not_compile"), "02-b"),
        // A patch that does not apply any more: no detector ran.
        ("/bugs/1/findings", json!([]), "02-b"),
    ] {
        let mut json = example();
        let shown = value.as_str().unwrap_or("").replace('_', " ").replace("missed", "–");
        *json.pointer_mut(at).unwrap() = value;
        json["verdict"] = json!("fail");
        let page = rendered(&json);
        assert!(page.contains("1 of 2 are caught") && page.contains(&shown), "{page}");
        assert!(page.contains(&format!("**Survived: `{survivor}`.**")), "{page}");
    }
}

#[test]
fn a_verdict_that_the_figures_deny_is_refused() {
    let refused = |json: &Value| {
        let (_dir, path) = stored(json);
        matches!(load::<SeededBugs>(&path), Err(ReportError::VerdictDisagrees { .. }))
    };
    let mut json = example();
    assert!(!refused(&json));
    json["verdict"] = json!("fail");
    assert!(refused(&json), "all are caught");
    let mut json = example();
    json["bugs"][0]["findings"][1]["outcome"] = json!("missed");
    assert!(refused(&json), "one is not caught");
    json["bugs"] = json!([]);
    assert!(refused(&json), "nothing was planted");
}

#[test]
fn another_schema_or_an_unknown_field_is_refused() {
    let mut json = example();
    json["more"] = json!(1);
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<SeededBugs>(&path), Err(ReportError::Malformed { .. })));
    json["schema"] = json!("memguard-seeded-bugs/0");
    let (_dir, path) = stored(&json);
    assert!(matches!(load::<SeededBugs>(&path), Err(ReportError::UnknownSchema { .. })));
}
