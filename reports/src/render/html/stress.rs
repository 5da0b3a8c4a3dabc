//! A stress run as a page for a browser.

use askama::Template;

use crate::render::html::lines::{Lines, Point};
use crate::render::html::page::{Page, made};
use crate::schema::error::ReportError;
use crate::schema::stress::{Kind, LockTimes, Sample, Scenario, StressRun};
use crate::units;

/// What the template gets.
#[derive(Template)]
#[template(path = "stress.html")]
struct StressBody<'a> {
    run: &'a StressRun,
    /// Pictures, as HTML.
    charts: Vec<String>,
}

impl StressBody<'_> {
    /// How many places of locks are shown.
    const LOCKS: usize = 20;

    fn latencies(scenario: &Scenario) -> [u64; 4] {
        let latency = &scenario.latency_ns;
        [latency.p50, latency.p99, latency.p999, latency.max]
    }

    /// The degraded outcomes that occurred, each with its count.
    fn provoked(scenario: &Scenario) -> Vec<String> {
        let occurred = scenario.degraded.iter().filter(|(_, count)| **count > 0);
        occurred.map(|(kind, &count)| format!("{kind} {}", units::count(count))).collect()
    }

    fn of_kind(kind: &Kind) -> [u64; 3] {
        [kind.p50, kind.p999, kind.max]
    }

    fn has_kinds(run: &StressRun) -> bool {
        run.scenarios.iter().any(|scenario| !scenario.kinds.is_empty())
    }

    fn recovery(scenario: &Scenario) -> String {
        scenario.recovery_ns.map_or_else(|| "–".to_owned(), units::nanoseconds)
    }

    fn waits(scenario: &Scenario) -> Vec<String> {
        let waits = scenario.longest_waits_ns.iter();
        waits.map(|(class, &wait)| format!("{class} {}", units::nanoseconds(wait))).collect()
    }

    fn times(times: LockTimes) -> String {
        match times.timed {
            0 => "–".to_owned(),
            _ => [times.p50, times.p99, times.max].map(units::nanoseconds).join(", "),
        }
    }
}

/// The page. The same run gives the same bytes, on every machine.
///
/// # Errors
///
/// [`ReportError::Html`] if a value cannot be shown.
pub fn stress_html(run: &StressRun) -> Result<String, ReportError> {
    let (verdict, body) = (run.verdict.to_string(), stress_body(run)?);
    let title = format!("memguard-stress: {verdict}");
    made(&Page { title: &title, heading: "Stress", state: Some(&verdict), links: &[], body: &body })
}

/// What is below the heading.
pub(crate) fn stress_body(run: &StressRun) -> Result<String, ReportError> {
    let charts = run.scenarios.iter().flat_map(charts).map(|chart| made(&chart)).collect::<Result<_, _>>()?;
    made(&StressBody { run, charts })
}

/// The charts of a scenario: none if it has no samples.
fn charts(scenario: &Scenario) -> Vec<Lines> {
    let start = Sample::default();
    let before = std::iter::once(&start).chain(&scenario.samples);
    // Samples are a moment apart at least.
    let rate = |before: &Sample, now: &Sample| (now.ops - before.ops.min(now.ops)) as f64 / (now.at_s - before.at_s);
    let rates = before.zip(&scenario.samples).map(|(before, now)| {
        let value = rate(before, now).round() as u64;
        point(now.at_s, value, format!("{} a second", units::count(value)))
    });
    let locked = scenario.samples.iter().map(|now| point(now.at_s, now.locked_bytes, units::memory(now.locked_bytes)));
    let charts = [
        Lines::new(&scenario.name, "operations a second", "rate", rates.collect()),
        Lines::new(&scenario.name, "locked memory", "memory", locked.collect()),
    ];
    charts.into_iter().flatten().map(|chart| chart.between("0 s", None)).collect()
}

fn point(at_s: f64, value: u64, shown: String) -> Point {
    // The cast is exact: a rate and a number of bytes are far below 2^53.
    Point { at: at_s, when: units::seconds(at_s), value: value as f64, shown }
}
