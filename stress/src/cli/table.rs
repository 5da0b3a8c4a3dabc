//! Tables on the terminal.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use memguard_reports::stress::Scenario;
use memguard_reports::units::{count, nanoseconds, rate};

/// A table with this head, in the style of all tables here.
pub fn with_head<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    table
}

/// The width for tables: `COLUMNS`, or that of the terminal. `None` if there is none.
pub fn width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.or_else(|| Table::new().width().map(usize::from))
}

/// A column of the table of scenarios.
struct Column {
    head: &'static str,
    /// Columns with a higher number go first if there is no room.
    drop: u8,
    is_figure: bool,
    /// `None` if there is nothing to show.
    cell: fn(&Scenario) -> Option<String>,
}

const COLUMNS: [Column; 11] = [
    text("scenario", 0, |scenario| Some(scenario.name.clone())),
    figure("ops", 1, |scenario| Some(count(scenario.ops))),
    figure("ops/s", 6, |scenario| Some(rate(scenario.ops, scenario.duration_s))),
    figure("threads", 7, |scenario| Some(scenario.threads.to_string())),
    figure("p50", 8, |scenario| time(scenario.latency_ns.p50)),
    figure("p99", 5, |scenario| time(scenario.latency_ns.p99)),
    figure("p99.9", 9, |scenario| time(scenario.latency_ns.p999)),
    figure("max", 4, |scenario| time(scenario.latency_ns.max)),
    text("provoked", 10, provoked),
    figure("violations", 2, |scenario| nonzero(scenario.violations.len() as u64).map(count)),
    text("at rest", 3, |scenario| Some(if scenario.quiescence.is_clean() { "clean" } else { "NOT CLEAN" }.to_owned())),
];

const fn text(head: &'static str, drop: u8, cell: fn(&Scenario) -> Option<String>) -> Column {
    Column { head, drop, is_figure: false, cell }
}

const fn figure(head: &'static str, drop: u8, cell: fn(&Scenario) -> Option<String>) -> Column {
    Column { head, drop, is_figure: true, cell }
}

/// The table at the end of a run: one row for each scenario. A column with nothing to show is left out. So are the less
/// important ones if the table would be wider than this.
pub fn of_scenarios(scenarios: &[Scenario], width: Option<usize>) -> Table {
    let has_something = |column: &&Column| scenarios.iter().any(|scenario| (column.cell)(scenario).is_some());
    let mut columns: Vec<&Column> = COLUMNS.iter().filter(has_something).collect();
    loop {
        let table = of_columns(scenarios, &columns);
        let is_wide = width.is_some_and(|width| table.lines().any(|line| line.chars().count() > width));
        let least = columns.iter().map(|column| column.drop).max().unwrap_or(0);
        if !is_wide || least <= 2 {
            return table;
        }
        columns.retain(|column| column.drop != least);
    }
}

fn of_columns(scenarios: &[Scenario], columns: &[&Column]) -> Table {
    let mut table = with_head([]);
    table.set_header(columns.iter().map(|column| column.head));
    for scenario in scenarios {
        table.add_row(columns.iter().map(|column| {
            let cell = Cell::new((column.cell)(scenario).unwrap_or_else(|| "–".into()));
            if column.is_figure { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
    }
    table
}

fn nonzero(figure: u64) -> Option<u64> {
    Some(figure).filter(|&figure| figure != 0)
}

fn time(figure: u64) -> Option<String> {
    nonzero(figure).map(nanoseconds)
}

/// The outcomes that the scenario must provoke, and how often each occurred.
fn provoked(scenario: &Scenario) -> Option<String> {
    let times = |kind: &String| count(scenario.degraded.get(kind).copied().unwrap_or(0));
    let lines: Vec<String> = scenario.expected_degraded.iter().map(|kind| format!("{kind} {}", times(kind))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use memguard_reports::stress::{Latency, Violation};

    fn scenarios(violations: usize) -> Vec<Scenario> {
        let violation = Violation { guarantee: "WIPED".into(), message: "a byte".into() };
        let scenario = |name: &str| Scenario {
            name: name.into(),
            ops: 1_234_567,
            threads: 4096,
            duration_s: 1.5,
            expected_degraded: vec!["parked_registrations".into()],
            violations: vec![violation.clone(); violations],
            latency_ns: Latency { p50: 1, p99: 10_000, p999: 0, max: 1_000_000 },
            ..Scenario::default()
        };
        vec![scenario("purge-storm"), scenario("rekey-storm")]
    }

    fn lines(violations: usize, width: Option<usize>) -> Vec<String> {
        of_scenarios(&scenarios(violations), width).lines().collect()
    }

    #[test]
    fn the_table_fits_every_width_from_40_columns_on() {
        for width in 40..200 {
            for violations in [0, 1, 12_345] {
                let lines = lines(violations, Some(width));
                assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}: {lines:#?}");
                let shows_them = lines.iter().any(|line| line.contains("violations"));
                assert_eq!(shows_them, violations > 0, "{width}: {lines:#?}");
            }
        }
    }

    #[test]
    fn a_column_of_zeros_is_left_out() {
        let head = lines(0, None)[1].clone();
        assert!(!head.contains("p99.9") && !head.contains("violations"), "{head}");
        assert!(head.contains("p50") && head.contains("provoked") && head.contains("at rest"), "{head}");
    }
}
