//! The page for a browser.

use crate::common::{as_run, example_json};
use memguard_reports::render::stress_html;
use memguard_reports::stress::{Sample, StressRun};
use regex::Regex;

fn run_with_samples() -> StressRun {
    let mut run = as_run(example_json());
    let sample = |at_s, ops, locked_bytes| Sample { at_s, ops, degraded: 1, locked_bytes, mappings: 90 };
    run.scenarios[0].samples = vec![sample(1.5, 3000, 8192), sample(2.5, 3100, 4096)];
    run.scenarios[1].samples = vec![sample(0.5, 10, 65536)];
    run
}

/// A chart: its scenario, what it shows, and moment and value of each point.
type Chart = (String, String, Vec<(f64, u64)>);

/// What the charts of a page show.
fn charts(page: &str) -> Vec<Chart> {
    let figure = Regex::new(r#"(?s)<figure data-scenario="([^"]*)" data-what="([^"]*)">(.*?)</figure>"#).unwrap();
    let point = Regex::new(r#"data-at="([^"]*)" data-value="([^"]*)""#).unwrap();
    let points = |body: &str| {
        point.captures_iter(body).map(|point| (point[1].parse().unwrap(), point[2].parse().unwrap())).collect()
    };
    figure.captures_iter(page).map(|all| (all[1].into(), all[2].into(), points(&all[3]))).collect()
}

/// Every number of a chart is in the record, and the record's samples are all there.
#[test]
fn charts_show_the_numbers_of_the_record() {
    let run = run_with_samples();
    let shown = charts(&stress_html(&run).unwrap());
    let (rate, locked) = ("operations a second", "locked memory");
    let [first, second] = [0, 1].map(|at| run.scenarios[at].name.as_str());
    let expected = [
        (first, rate, vec![(1.5, 2000), (2.5, 100)]),
        (first, locked, vec![(1.5, 8192), (2.5, 4096)]),
        (second, rate, vec![(0.5, 20)]),
        (second, locked, vec![(0.5, 65536)]),
    ];
    assert_eq!(shown, expected.map(|(scenario, what, points)| (scenario.to_owned(), what.to_owned(), points)));
}

/// A page from a run is shown without a network, also years later.
#[test]
fn the_page_asks_for_nothing() {
    let page = stress_html(&run_with_samples()).unwrap();
    for asking in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(asking), "{asking}");
    }
}

#[test]
fn texts_of_a_run_are_no_markup() {
    let mut run = run_with_samples();
    run.command = vec!["<script>alert(1)</script>".to_owned()];
    let page = stress_html(&run).unwrap();
    assert!(!page.contains("<script>") && page.contains("alert(1)"));
}

#[test]
fn kinds_waits_and_recovery_are_shown() {
    let page = stress_html(&as_run(example_json())).unwrap();
    for shown in ["<th scope=\"row\">purging</th>", "13.6 ms", "832 ns", "memguard::BUFFERS 23.5 ms", "56.8 ms"] {
        assert!(page.contains(shown), "{shown} is not in\n{page}");
    }
}
