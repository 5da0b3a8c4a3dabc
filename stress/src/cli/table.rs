//! Tables on the terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use memguard_reports::stress::Scenario;
use memguard_reports::units::{count, nanoseconds, rate};

const HEAD: [&str; 10] =
    ["scenario", "ops", "ops/s", "threads", "p50", "p99", "p99.9", "max", "provoked", "violations · at rest"];

/// A table with this head, in the style of all tables here.
pub fn with_head<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    table
}

/// The table at the end of a run: one row for each scenario.
pub fn of_scenarios(scenarios: &[Scenario]) -> Table {
    let mut table = with_head(HEAD);
    for scenario in scenarios {
        let figure = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let latency = &scenario.latency_ns;
        let mut row = vec![
            Cell::new(&scenario.name),
            figure(count(scenario.ops)),
            figure(rate(scenario.ops, scenario.duration_s)),
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

/// The outcomes that the scenario must provoke, and how often each occurred.
fn provoked(scenario: &Scenario) -> String {
    let times = |kind: &String| count(scenario.degraded.get(kind).copied().unwrap_or(0));
    let lines: Vec<String> = scenario.expected_degraded.iter().map(|kind| format!("{kind} {}", times(kind))).collect();
    if lines.is_empty() { "–".into() } else { lines.join("\n") }
}
