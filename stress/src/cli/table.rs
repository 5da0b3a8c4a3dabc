//! The table at the end of a run.

use super::units::{count, nanoseconds};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use memguard_reports::stress::Scenario;

const HEAD: [&str; 10] =
    ["scenario", "ops", "ops/s", "threads", "p50", "p99", "p99.9", "max", "provoked", "violations · at rest"];

/// One row for each scenario.
pub fn of(scenarios: &[Scenario]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(HEAD);
    for scenario in scenarios {
        let figure = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let latency = &scenario.latency_ns;
        let rate = if scenario.duration_s > 0.0 { scenario.ops as f64 / scenario.duration_s } else { 0.0 };
        let mut row = vec![
            Cell::new(&scenario.name),
            figure(count(scenario.ops)),
            figure(count(rate.round() as u64)),
            figure(scenario.threads.to_string()),
        ];
        row.extend([latency.p50, latency.p99, latency.p999, latency.max].map(|ns| figure(nanoseconds(ns))));
        row.push(Cell::new(provoked(scenario)));
        let rest = if scenario.quiescence.is_clean() { "clean" } else { "NOT CLEAN" };
        row.push(Cell::new(format!("{} · {rest}", scenario.violations.len())));
        table.add_row(row);
    }
    table
}

/// What the scenario exists to provoke, and how often it occurred.
fn provoked(scenario: &Scenario) -> String {
    let of = |kind: &String| count(scenario.degraded.get(kind).copied().unwrap_or(0));
    let lines: Vec<String> = scenario.expected_degraded.iter().map(|kind| format!("{kind} {}", of(kind))).collect();
    if lines.is_empty() { "–".into() } else { lines.join("\n") }
}
