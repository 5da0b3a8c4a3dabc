//! Pages for a browser: a stress run, and in `verify` a run of `cargo verify`. A page needs no network.

mod chart;
mod verify;

pub use verify::verify_html;

use crate::schema::error::ReportError;
use crate::schema::stress::{Kind, LockTimes, Scenario, StressRun};
use crate::units;
use askama::Template;
use chart::Chart;

/// What the template gets.
#[derive(Template)]
#[template(path = "stress.html")]
struct StressPage<'a> {
    run: &'a StressRun,
    charts: Vec<Chart>,
}

impl StressPage<'_> {
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
    let charts = run.scenarios.iter().flat_map(Chart::of).collect();
    StressPage { run, charts }.render().map_err(|cause| ReportError::Html { cause })
}
