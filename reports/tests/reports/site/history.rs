//! The history is that of the repository around the records.

use std::path::Path;
use std::process::Command;

use super::records::Site;

/// Runs git as if at this second.
fn git_at(at: u64, folder: &Path, arguments: &[&str]) {
    let date = format!("@{at} +0000");
    let mut git = Command::new("git");
    git.current_dir(folder).envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)]);
    git.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]).args(arguments);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn git(folder: &Path, arguments: &[&str]) {
    git_at(0, folder, arguments);
}

fn commit(site: &Site, at: u64) {
    git(&site.reports(), &["add", "-A"]);
    git_at(at, &site.reports(), &["commit", "-q", "-m", "a record"]);
}

fn page(site: &Site) -> String {
    site.write();
    site.pages()["history.html"].clone()
}

#[test]
fn without_a_repository_the_page_says_so() {
    assert!(page(&Site::new()).contains("There is no history here"));
}

#[test]
fn every_committed_record_is_a_point() {
    let site = Site::new();
    git(&site.reports(), &["init", "-q"]);
    commit(&site, 1_795_000_000);
    site.edit("stress", |json| {
        // A schema of the past, which has the same field.
        json["schema"] = "memguard-stress/1".into();
        json["scenarios"][0]["ops"] = 1_000_000.into();
        json["scenarios"][1]["ops"] = 234_567.into();
    });
    site.edit("bench", |json| json["rows"][0]["value"] = 199.5.into());
    commit(&site, 1_795_100_000);
    let page = page(&site);
    for shown in [
        "memguard-stress/1",
        "1,234,567",
        "data-value=\"1234567\"",
        "data-value=\"215.4\"",
        "data-value=\"199.5\"",
        "2026-11-18T11:06:40Z",
        "2026-11-19T14:53:20Z",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let (_, stress) = page.split_once(">stress</h2>").unwrap();
    let stress = stress.split("<h2").next().unwrap();
    assert_eq!(stress.matches("<tr>").count(), 3, "a head and two records: {stress}");
    assert!(!page.contains("shallow"));

    let clone = Site::new();
    let from = format!("file://{}", site.reports().display());
    std::fs::remove_dir_all(clone.reports()).unwrap();
    git(clone.out().parent().unwrap(), &["clone", "-q", "--depth", "1", &from, "reports"]);
    assert!(self::page(&clone).contains("This repository is a shallow clone."));
}

/// A commit that removed the record, and a record that is not JSON, are no points.
#[test]
fn what_is_no_record_is_no_point() {
    let site = Site::new();
    git(&site.reports(), &["init", "-q"]);
    std::fs::write(site.record("stress"), "{").unwrap();
    commit(&site, 1_795_000_000);
    std::fs::remove_file(site.record("stress")).unwrap();
    commit(&site, 1_795_100_000);
    let page = page(&site);
    let (_, stress) = page.split_once(">stress</h2>").unwrap();
    let stress = stress.split("<h2").next().unwrap();
    assert!(stress.contains("not readable") && !stress.contains("<svg"), "{stress}");
    assert_eq!(stress.matches("<tr>").count(), 2, "{stress}");
}
