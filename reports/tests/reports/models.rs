//! Runs of the models. Every reason against a pass is planted and found, and the page shows the figures.

use std::path::Path;

use crate::common::data;
use memguard_reports::models::{EdgeSeen, Model, ModelsRun, OutcomeSeen, Shortfall, Site, Verdict, Witness};
use memguard_reports::{Page, ReportError, load, render_file, write_json};

fn site(name: &str, class: &str, outcomes: &[&str]) -> Site {
    let outcomes = outcomes.iter().map(|&word| word.to_owned()).collect();
    Site { name: name.into(), class: class.into(), outcomes }
}

fn outcome(site: &str, outcome: &str) -> OutcomeSeen {
    let first = Witness { execution: 2, turns: vec![0, 1] };
    OutcomeSeen { site: site.into(), outcome: outcome.into(), count: 7, first }
}

fn edge(held: &str, wanted: &str) -> EdgeSeen {
    EdgeSeen { held: held.into(), wanted: wanted.into(), count: 3, first: Witness { execution: 1, turns: vec![0, -1] } }
}

/// Two sites and two models that cover them: a pass. `Outer` is taken by try, and `Inner` waits under it.
fn example() -> ModelsRun {
    load(&data("models.json")).unwrap()
}

/// The shortfalls of the example after `plant`, without those of the coverage table, which follow from others.
fn found(plant: impl FnOnce(&mut ModelsRun)) -> Vec<Shortfall> {
    let mut run = example();
    plant(&mut run);
    let follows = |shortfall: &Shortfall| matches!(shortfall, Shortfall::CoverageChanged { .. });
    run.shortfalls().into_iter().filter(|shortfall| !follows(shortfall)).collect()
}

#[test]
fn the_example_is_a_pass() {
    assert_eq!(example().shortfalls(), []);
}

#[test]
fn an_outcome_that_is_not_reached_or_not_listed_is_found() {
    let left_out = found(|run| run.models[1].outcomes.retain(|seen| seen.outcome != "contended"));
    assert_eq!(left_out, [Shortfall::NotReached { site: "Inner".into(), outcome: "contended".into() }]);
    // A new acquisition, as the gate sees it: a row that no model reaches.
    let new = found(|run| run.sites.push(site("New", "HIGH", &["acquired", "contended"])));
    let not_reached = |outcome: &str| Shortfall::NotReached { site: "New".into(), outcome: outcome.into() };
    assert_eq!(new, [not_reached("acquired"), not_reached("contended")]);
    let (site, model) = ("Outer".into(), "a.tries".into());
    let not_listed = Shortfall::NotListed { site, outcome: "poisoned".into(), model };
    let extra = found(|run| run.models[0].outcomes.push(outcome("Outer", "poisoned")));
    assert_eq!(extra, std::slice::from_ref(&not_listed));
    // A finding that several models show is reported once, with the smallest model.
    let extra = found(|run| run.models.iter_mut().for_each(|model| model.outcomes.push(outcome("Outer", "poisoned"))));
    assert_eq!(extra, [not_listed]);
}

#[test]
fn an_edge_that_is_not_shown_or_not_reviewed_is_found() {
    let gone = found(|run| run.models[1].edges.clear());
    assert_eq!(gone, [Shortfall::EdgeGone { held: "Outer".into(), wanted: "Inner".into() }]);
    let (held, wanted, model) = ("Inner".into(), "Outer".into(), "a.tries".into());
    let not_reviewed = Shortfall::EdgeNotReviewed { held, wanted, model };
    let new = found(|run| run.models[0].edges.push(edge("Inner", "Outer")));
    assert_eq!(new, std::slice::from_ref(&not_reviewed));
    // A finding that several models show is reported once, with the smallest model.
    let new = found(|run| run.models.iter_mut().for_each(|model| model.edges.push(edge("Inner", "Outer"))));
    assert_eq!(new, [not_reviewed]);
}

#[test]
fn a_model_below_its_floor_or_without_one_is_found() {
    let smaller = found(|run| run.models[0].executions = 9);
    assert_eq!(smaller, [Shortfall::Smaller { model: "a.tries".into(), executions: 9, floor: 10 }]);
    let new = found(|run| {
        let (outcomes, edges) = (Vec::new(), Vec::new());
        run.models.push(Model { name: "c.new".into(), outcomes, edges, ..run.models[0].clone() });
    });
    assert_eq!(new, [Shortfall::NoFloor { model: "c.new".into() }]);
}

#[test]
fn any_deleted_model_is_found() {
    for at in 0..example().models.len() {
        let mut name = String::new();
        let deleted = found(|run| name = run.models.remove(at).name);
        assert!(deleted.contains(&Shortfall::Missing { model: name.clone() }), "{name}: {deleted:?}");
    }
}

#[test]
fn coverage_that_moved_is_found() {
    let mut run = example();
    run.models[0].outcomes.push(outcome("Inner", "contended"));
    assert_eq!(run.shortfalls(), [Shortfall::CoverageChanged { site: "Inner".into() }]);
}

#[test]
fn a_run_survives_its_file_and_a_false_pass_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("models.json");
    let mut run = example();
    write_json(&run, &raw).unwrap();
    assert_eq!(load::<ModelsRun>(&raw).unwrap(), run);
    assert_eq!(render_file(&raw).unwrap(), run.page());

    run.models[0].executions = 9;
    write_json(&run, &raw).unwrap();
    assert!(matches!(load::<ModelsRun>(&raw), Err(ReportError::VerdictDisagrees { .. })));
    assert!(render_file(&raw).is_err());
    run.verdict = Verdict::Fail;
    write_json(&run, &raw).unwrap();
    assert!(render_file(&raw).unwrap().contains("has become smaller: 9 executions"));
    run = example();
    run.verdict = Verdict::Fail;
    write_json(&run, &raw).unwrap();
    assert!(matches!(load::<ModelsRun>(&raw), Err(ReportError::VerdictDisagrees { .. })), "a false failure");
    assert!(matches!(load::<ModelsRun>(Path::new("/nonexistent")), Err(ReportError::Read { .. })));
}

#[test]
fn the_page_shows_models_coverage_and_witnesses() {
    let page = example().page();
    for words in [
        "# Models: pass",
        "`cargo models`",
        "2 models, 110 executions",
        "4 of 4 reached",
        "| `Inner` | HIGH  | contended   |      1 | `b.waits`    |",
        "| `Outer` | `Inner`    | `b.waits`     |         1 | 0 `lib`                            |",
    ] {
        assert!(page.contains(words), "{words:?} is missing in:\n{page}");
    }
    let mut failed = example();
    failed.models[1].outcomes.pop();
    let page = failed.page();
    assert!(page.contains("# Models: fail") && page.contains("3 of 4 reached") && page.contains("**none**"));
}
