//! The page shows everything in the record, and nothing else.

use crate::common::{as_run, data, example, example_json, example_with};
use memguard_reports::stress::{StressRun, Violation};
use memguard_reports::{Page, load};
use regex::Regex;
use serde_json::{Value, json};

fn rendered(json: Value) -> String {
    as_run(json).page()
}

/// The example with a violation, so that it has every field.
fn failing() -> Value {
    let mut json = example_with(
        "/scenarios/0/violations",
        json!([{ "guarantee": "ORDER", "message": "BUFFERS wanted while BUFFER is held" }]),
    );
    json["partial"] = json!({ "ended_by": "SIGINT", "unfinished": ["nested-accesses"] });
    json["verdict"] = json!("fail");
    json
}

#[test]
fn the_checked_in_page_is_what_rendering_gives() {
    let page = std::fs::read_to_string(data("stress.md")).unwrap();
    let run = load::<StressRun>(&example()).unwrap();
    assert!(
        run.page() == page,
        "look at the change, then: cargo run -p memguard-reports -- render \
         reports/tests/data/stress.json --out reports/tests/data/stress.md"
    );
}

#[test]
fn the_order_of_json_keys_does_not_show() {
    // serde_json's map is sorted, so this text has another order of keys than the checked-in one.
    let sorted = example_json().to_string();
    let written = std::fs::read_to_string(example()).unwrap();
    assert_ne!(sorted.find("\"commit\""), written.find("\"commit\""));
    let a: StressRun = serde_json::from_str(&sorted).unwrap();
    let b: StressRun = serde_json::from_str(&written).unwrap();
    assert_eq!(a.page(), b.page());
}

/// Changes each leaf of the JSON in turn. A page that stays the same does not show that leaf.
#[test]
fn every_figure_and_every_word_reaches_the_page() {
    let original = failing();
    let page = rendered(original.clone());
    let leaves = leaves(&original, "");
    assert!(leaves.len() > 60, "only {} leaves were looked at", leaves.len());
    for at in leaves {
        let mut json = original.clone();
        let leaf = json.pointer_mut(&at).unwrap();
        *leaf = match &*leaf {
            Value::String(s) => json!(format!("{s}x")),
            Value::Number(n) if n.is_u64() => json!(n.as_u64().unwrap().wrapping_mul(2) + 1),
            Value::Number(n) => json!(n.as_f64().unwrap() * 2.0 + 1.0),
            other => panic!("{at}: a leaf of a kind the schema does not have: {other}"),
        };
        assert_ne!(rendered(json), page, "{at} does not reach the page");
    }
}

/// The JSON pointers to all leaves below a value. The schema has one value, and the verdict has a test of its own, so
/// both are left out.
fn leaves(value: &Value, at: &str) -> Vec<String> {
    let below = |(name, value): (String, &Value)| leaves(value, &format!("{at}/{name}"));
    match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), field)).flat_map(below).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).flat_map(below).collect()
        }
        _ if at == "/schema" || at == "/verdict" => Vec::new(),
        _ => vec![at.to_owned()],
    }
}

/// The same figures, computed by hand and not by the code under test.
#[test]
fn figures_are_readable() {
    let page = rendered(failing());
    #[rustfmt::skip]
    let figures = [
        "memguard-stress --seed 7046029254386353131 --duration 30s", "`7046029254386353131`",
        "`0123456789abcdef0123456789abcdef01234567-dirty`", "2025-11-23T07:12:00Z", "23.54 GiB",
        "8388608 bytes soft, unlimited hard", "1,234,567", "40,812", "567,890", "18,028", "91.5 s", "30.3 s", "31.5 s",
        "842 ns", "15.3 µs", "235 µs", "45.7 ms", "1.98 ms", "1.00 s", "**98,765**", "**4,321**", "**17**", "65,536",
        "12,288", "**ORDER** in `purge-race`: BUFFERS wanted while BUFFER is held",
    ];
    for figure in figures {
        assert!(page.contains(figure), "{figure} is missing from\n{page}");
    }
}

#[test]
fn each_verdict_is_in_the_title() {
    for verdict in ["pass", "fail", "stall", "interrupted", "unfit"] {
        let page = rendered(example_with("/verdict", json!(verdict)));
        assert!(page.contains(&format!("\n# Stress run: {verdict}\n")), "{page}");
    }
}

#[test]
fn a_page_never_claims_a_pass_the_figures_deny() {
    let page = rendered(example_with("/scenarios/1/ops", json!(0)));
    assert!(page.contains("# Stress run: fail"), "{page}");
    assert!(page.contains("The run itself states **pass**"), "{page}");
    assert!(page.contains("- nested-accesses: no operation completed"), "{page}");
}

#[test]
fn what_was_never_provoked_is_marked() {
    let page = rendered(example_with("/scenarios/1/degraded/timed_out_acquire", json!(0)));
    assert!(page.contains("**0, never provoked**"), "{page}");
}

#[test]
fn no_string_breaks_out_of_its_place() {
    let hostile = "a|b\n# c `d` <script> ``` \u{1b}[31m";
    let mut json = failing();
    let before = rendered(json.clone());
    for at in leaves(&json, "") {
        let leaf = json.pointer_mut(&at).unwrap();
        if leaf.is_string() {
            *leaf = json!(hostile);
        }
    }
    json["scenarios"][0]["violations"][0]["message"] = json!("one line <script>");
    let page = rendered(json);
    let headings = |page: &str| page.lines().filter(|l| l.starts_with('#')).count();
    assert_eq!(headings(&page), headings(&before));
    assert!(!page.contains('\u{1b}'));
    let prose = outside_code(&page);
    assert!(prose.contains("\\<script\\>"), "{prose}");
    assert!(!prose.contains("<script>"), "{prose}");
    assert!(page.contains("<script>"), "in code it stays as it is");
    let pipes = |line: &str| line.replace("\\|", "").matches('|').count();
    let table: Vec<&str> = page.lines().filter(|l| l.starts_with('|')).collect();
    let begins = |line: &str| ["| scenario", "| operation", "| class"].iter().any(|head| line.starts_with(head));
    for rows in table.chunk_by(|_, next| !begins(next)) {
        assert!(rows.iter().all(|row| pipes(row) == pipes(rows[0])), "{rows:#?}");
    }
}

#[test]
fn a_message_of_several_lines_keeps_them() {
    let mut run = as_run(failing());
    run.scenarios[1].violations.push(Violation {
        guarantee: "PROGRESS".to_owned(),
        message: "held at a.rs:1\n  wanted at b.rs:2\n```".to_owned(),
    });
    let page = run.page();
    let expected = "\
- **PROGRESS** in `nested-accesses`:

  ````text
  held at a.rs:1
    wanted at b.rs:2
  ```
  ````
";
    assert!(page.contains(expected), "{page}");
}

#[test]
fn extremes_neither_panic_nor_vanish() {
    let mut run = as_run(example_json());
    run.started_unix_s = u64::MAX;
    run.duration_s = f64::NAN;
    run.host.cores = 0;
    run.host.memory_bytes = 0;
    let scenario = &mut run.scenarios[0];
    scenario.ops = u64::MAX;
    scenario.duration_s = 0.0;
    scenario.latency_ns.p50 = 0;
    scenario.latency_ns.max = u64::MAX;
    let page = run.page();
    assert!(page.contains("18,446,744,073,709,551,615"), "{page}");
    assert!(page.contains("18446744073709551615 s after 1970"), "{page}");
    run.scenarios.clear();
    assert!(run.page().contains("no scenario ran"));
}

/// The text of `page` outside fenced blocks and code spans, by the rules of CommonMark: a span ends at a run of as many
/// backticks as began it, and an escaped backtick begins none.
fn outside_code(page: &str) -> String {
    let (begin, ticks) = (Regex::new(r"\\.|`+").unwrap(), Regex::new("`+").unwrap());
    let mut out = String::new();
    let mut fenced = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let mut rest = line;
            while let Some(found) = begin.find(rest) {
                let after = &rest[found.end()..];
                match ticks.find_iter(after).find(|run| run.as_str() == found.as_str()) {
                    Some(end) => {
                        out.push_str(&rest[..found.start()]);
                        rest = &after[end.end()..];
                    }
                    None => {
                        out.push_str(&rest[..found.end()]);
                        rest = after;
                    }
                }
            }
            out.push_str(rest);
            out.push('\n');
        }
    }
    out
}
