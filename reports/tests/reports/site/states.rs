//! Plants everything that can be wrong with a record, and checks that the front page, the page of the part and the
//! command say so.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::html::{named, tags};
use super::records::{PARTS, Site};

/// What a part must be, by its title.
type Wanted<'w> = &'w [(&'w str, &'w str)];

/// Writes the site with the command. `wrong` are the parts that are no pass, each with the word for its state. All
/// others must pass. Each of `said` must be on the front page, which quotes the reasons.
#[track_caller]
fn judge(site: &Site, wrong: Wanted<'_>, said: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_memguard-reports"))
        .arg("site")
        .args(["--reports-dir".as_ref(), site.reports().as_os_str(), "--out".as_ref(), site.out().as_os_str()])
        .args(["--verify".as_ref(), site.record("verify").as_os_str()])
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(i32::from(!wrong.is_empty())), "{stderr}");
    assert_eq!(stderr.lines().count(), wrong.len(), "{stderr}");
    assert!(stdout.contains(&format!("{} of {} parts pass", PARTS.len() - wrong.len(), PARTS.len())), "{stdout}");

    let pages = site.pages();
    let front = &pages["index.html"];
    for (title, _) in PARTS {
        let word = wrong.iter().find(|(wrong, _)| *wrong == title).map_or("pass", |(_, word)| word);
        let page = &pages[&format!("{}.html", title.to_lowercase().replace(' ', "-"))];
        let shown = if word == "pass" { "pass".to_owned() } else { format!("<strong>{word}</strong>") };
        let link = format!(">{title}</a>");
        assert!(front.contains(&format!("{link}</th><td>{shown}</td>")), "{title}: {word}: {front}");
        let is_listed = front.contains(&format!("{link}: <strong>{word}</strong>"));
        assert_eq!(is_listed, word != "pass", "{title}: {word}: {front}");
        assert_eq!(stderr.contains(&format!(": {title}: {word}")), word != "pass", "{stderr}");
        let tags = tags(page);
        let heading = named(&tags, "h1")[0];
        assert_eq!(heading.text, format!("{title}: "));
        assert!(page.contains(&format!("<span class=\"verdict {word}\">{word}</span></h1>")), "{title}: {word}");
    }
    for said in said {
        assert!(front.contains(said), "{said}: {front}");
    }
}

#[test]
fn records_without_a_fault_pass() {
    judge(
        &Site::new(),
        &[],
        &["<h2 id=\"what-is-missing-or-no-pass\">What is missing or no pass</h2>\n<p>Nothing.</p>"],
    );
}

/// Each record alone is missing, not JSON, of another version, or states a false verdict.
#[test]
fn a_record_that_cannot_be_used_is_named() {
    for kind in ["bench", "fuzz", "kill-matrix", "models", "stress", "verify"] {
        let parts =
            |word| PARTS.iter().filter(|(_, of)| *of == kind).map(|(title, _)| (*title, word)).collect::<Vec<_>>();
        let plant = |plant: &dyn Fn(&Site), word, said: &[&str]| {
            let site = Site::new();
            plant(&site);
            judge(&site, &parts(word), said);
        };
        plant(&|site| fs::remove_file(site.record(kind)).unwrap(), "missing", &["made by <code>"]);
        plant(
            &|site| fs::write(site.record(kind), "{").unwrap(),
            "refused",
            &["does not have the shape of its schema"],
        );
        let version = |json: &mut Value| json["schema"] = format!("memguard-{kind}/99").into();
        plant(&|site| site.edit(kind, version), "refused", &["build memguard-reports from the commit that wrote"]);
        let field = |json: &mut Value| json["new"] = 1.into();
        plant(&|site| site.edit(kind, field), "refused", &["unknown field `new`"]);
        let verdict = |json: &mut Value| json["verdict"] = "fail".into();
        plant(&|site| site.edit(kind, verdict), "refused", &["states the verdict"]);
    }
}

/// What a record can say against a pass.
#[test]
fn a_verdict_that_is_no_pass_is_named() {
    type Plant = fn(&mut Value);
    let plants: &[(&str, Plant, Wanted<'_>, &str)] = &[
        (
            "bench",
            |json| {
                json["verdict"] = "fail".into();
                json["rows"][0]["value"] = json!(1e6);
            },
            &[("Speed", "fail")],
            "create + destroy 32 B: 1.00 ms, the goal is ≤ 250 ns",
        ),
        (
            "kill-matrix",
            |json| {
                json["verdict"] = "incomplete".into();
                json["bugs"][0]["findings"] = json!([]);
            },
            &[("Kill matrix", "incomplete")],
            "1 bug is not decided",
        ),
        (
            "kill-matrix",
            |json| {
                json["verdict"] = "fail".into();
                json["bugs"][0]["applies"] = false.into();
            },
            &[("Kill matrix", "fail")],
            "01-a does not fit the code any more",
        ),
        (
            "models",
            |json| {
                json["verdict"] = "fail".into();
                json["models"][0]["executions"] = 3.into();
            },
            &[("Lock order", "fail"), ("Models", "fail")],
            "a.tries has become smaller",
        ),
        (
            "models",
            |json| {
                json["sites"][0]["class"] = "BUFFER".into();
                json["sites"][1]["class"] = "ACCESS".into();
            },
            &[("Lock order", "fail")],
            "a thread that holds BUFFER waits for ACCESS, against the order",
        ),
        (
            "models",
            |json| json["sites"][0]["class"] = "NEW".into(),
            &[("Lock order", "fail")],
            "NEW or BUFFERS has no rank",
        ),
        (
            "stress",
            |json| {
                json["verdict"] = "fail".into();
                json["scenarios"][0]["violations"] = json!([{ "guarantee": "WIPED", "message": "it is not" }]);
            },
            &[("Stress", "fail")],
            "WIPED",
        ),
        ("stress", |json| json["verdict"] = "stall".into(), &[("Stress", "stall")], "Stress"),
        (
            "verify",
            |json| {
                json["verdict"] = "fail".into();
                json["steps"][3]["state"] = "fail".into();
                json["steps"][3]["reason"] = "seed 7 failed".into();
            },
            &[("Sim", "fail"), ("Verify", "fail")],
            "sim: seed 7 failed",
        ),
        (
            "verify",
            |json| {
                json["steps"][3]["state"] = "not_run".into();
                json["steps"][3]["asked_for"] = false.into();
            },
            &[("Sim", "missing")],
            "made by <code>cargo verify --only sim --only deep</code>",
        ),
        (
            "verify",
            |json| json["command"] = json!(["cargo", "verify", "--only", "tests"]),
            &[("Verify", "incomplete")],
            "the run was asked for 4 of 4 steps",
        ),
        ("fuzz", |json| json["campaign"] = Value::Null, &[("Fuzz", "missing")], "made by <code>fuzz/nightly.sh</code>"),
        ("fuzz", |json| json["coverage"] = Value::Null, &[("Coverage", "missing")], "<code>fuzz/coverage.sh</code>"),
        (
            "fuzz",
            |json| {
                json["verdict"] = "fail".into();
                json["campaign"]["targets"][0]["crashes"] = json!(["cargo exact a"]);
            },
            &[("Fuzz", "fail")],
            "replay: cargo exact a",
        ),
        (
            "fuzz",
            |json| {
                json["verdict"] = "fail".into();
                json["coverage"]["unused_exceptions"] = json!(["gone.rs"]);
            },
            &[("Coverage", "fail")],
            "gone.rs has an exception and does not exist",
        ),
    ];
    for (kind, plant, wrong, said) in plants {
        let site = Site::new();
        site.edit(kind, plant);
        judge(&site, wrong, &[said]);
    }
}

/// The evidence of a guarantee says how it is.
#[test]
fn the_evidence_has_the_figures_of_the_records() {
    let site = Site::new();
    site.edit("stress", |json| {
        json["verdict"] = "fail".into();
        json["scenarios"][0]["violations"] = json!([{ "guarantee": "WIPED", "message": "it is not" }]);
    });
    fs::remove_file(site.record("fuzz")).unwrap();
    site.write();
    let front = &site.pages()["index.html"];
    let section = |name: &str| {
        let (_, rest) = front.split_once(&format!(">{name}</h3>")).expect("each guarantee has a section");
        rest.split("<h3").next().unwrap().to_owned()
    };
    let wiped = section("WIPED");
    for said in [
        "is zeroed when its last access ends.",
        "<strong>fail</strong>: violations: 1, in ",
        "pass: 1 of 1 bugs that break it are killed; noticed by shuttle, loom",
        "models that noticed one by their own oracle: 1",
        "pass: 2 models, 110 executions",
        "tests: pass (37 cases); residue: pass (37 cases)",
        "<strong>missing</strong>: made by <code>fuzz/nightly.sh</code>",
    ] {
        assert!(wiped.contains(said), "{said}: {wiped}");
    }
    let order = section("ORDER");
    assert!(order.contains("waits of a class under another: 1, against the ranks: 0"), "{order}");
    assert!(order.contains("violations: 0, in ") && !order.contains("residue"), "{order}");
    for name in ["PROGRESS", "EXACT", "CLEAN", "FOREIGN", "VISIBLE"] {
        assert!(section(name).contains("<li>"), "{name}");
    }
}

#[test]
fn pages_that_cannot_be_written_are_4() {
    let site = Site::new();
    fs::write(site.out(), "a file").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_memguard-reports"))
        .args(["site".as_ref(), "--reports-dir".as_ref(), site.reports().as_os_str()])
        .args(["--out".as_ref(), site.out().as_os_str()])
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(4));
}
