//! Records of all kinds, in which nothing is wrong, and the site that is made from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use memguard_reports::fuzz::Part;
use memguard_reports::site::{PartWritten, Sources, write_site};
use memguard_reports::verify::{Figure, SCHEMA, State, Step, Verdict, VerifyRun};
use memguard_reports::{publish, write_json};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{copy, data};

/// The titles of all parts, and the record that each is made from.
pub const PARTS: [(&str, &str); 9] = [
    ("Lock order", "models"),
    ("Models", "models"),
    ("Kill matrix", "kill-matrix"),
    ("Stress", "stress"),
    ("Sim", "verify"),
    ("Fuzz", "fuzz"),
    ("Speed", "bench"),
    ("Coverage", "fuzz"),
    ("Verify", "verify"),
];

/// A folder of records, and the folder of the pages.
pub struct Site(TempDir);

impl Site {
    pub fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(site.path("reports/records")).unwrap();
        for kind in ["bench", "kill-matrix", "models", "stress"] {
            fs::copy(data(&format!("{kind}.json")), site.record(kind)).unwrap();
        }
        // The made-up classes of the example have no rank.
        site.edit("models", |json| {
            for (site, class) in [(0, "COFFER"), (1, "BUFFERS")] {
                json["sites"][site]["class"] = class.into();
            }
        });
        copy(&data("fuzz"), &site.path("fuzz"));
        for part in [Part::Campaign, Part::Coverage] {
            let folder = site.path("fuzz").join(format!("{part:?}").to_lowercase());
            publish(&part.collect(&folder, &site.record("fuzz")).unwrap(), &site.path("reports")).unwrap();
        }
        write_json(&verify(), &site.record("verify")).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The record of a kind.
    pub fn record(&self, kind: &str) -> PathBuf {
        if kind == "verify" { self.path("verify.json") } else { self.path(&format!("reports/records/{kind}.json")) }
    }

    pub fn reports(&self) -> PathBuf {
        self.path("reports")
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub fn json(&self, kind: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.record(kind)).unwrap()).unwrap()
    }

    /// Changes the record of a kind.
    pub fn edit(&self, kind: &str, change: impl FnOnce(&mut Value)) {
        let mut json = self.json(kind);
        let before = json.clone();
        change(&mut json);
        assert_ne!(json, before, "the change changes nothing");
        fs::write(self.record(kind), json.to_string()).unwrap();
    }

    pub fn write(&self) -> Vec<PartWritten> {
        write_site(&Sources::new(&self.reports(), &self.record("verify")), &self.out()).unwrap()
    }

    /// The pages that are there, by name.
    pub fn pages(&self) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.out()).unwrap().map(|entry| entry.unwrap());
        let pages = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "html"));
        let page =
            |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
        pages.map(page).collect()
    }
}

/// The pages of records in which nothing is wrong.
pub fn pages() -> BTreeMap<String, String> {
    let site = Site::new();
    site.write();
    site.pages()
}

fn verify() -> VerifyRun {
    let step = |name: &str, serves: &str| Step {
        name: name.to_owned(),
        shows: "it works".to_owned(),
        serves: serves.to_owned(),
        commands: vec![format!("cargo {name}")],
        asked_for: true,
        state: State::Pass,
        duration_s: 1.5,
        figures: vec![Figure { count: Some(37), unit: "cases".to_owned() }],
        reason: None,
        log: Some(format!("{name}.log")),
        last_lines: Vec::new(),
    };
    VerifyRun {
        schema: SCHEMA.to_owned(),
        command: vec!["cargo".to_owned(), "verify".to_owned()],
        provenance: memguard_reports::provenance::Provenance::of_commit("0123abc".to_owned()),
        duration_s: 3.25,
        verdict: Verdict::Pass,
        ended_by: None,
        steps: vec![
            step("tests", "all guarantees"),
            step("residue", "CLEAN, WIPED"),
            step("deep", "ORDER"),
            step("sim", "ORDER"),
        ],
    }
}
