//! A picture of the latencies, drawn with characters. It works in a terminal, in a diff and in a browser.

use crate::render::markdown;
use crate::schema::stress::Scenario;
use crate::units;

/// Columns for one factor of ten.
const PER_DECADE: usize = 8;

/// `1000 * 10^(i/8)`: where the columns of a decade begin. It is a table because the last bit of a `log10` may differ
/// between machines, and the page must not.
const STEPS: [u128; PER_DECADE] = [1_000, 1_334, 1_778, 2_371, 3_162, 4_217, 5_623, 7_499];

/// One bar for each scenario: solid up to the median, shaded up to p99, light up to the slowest operation. The scale is
/// logarithmic, because the maximum is often ten thousand times the median.
///
/// Empty if no scenario has a latency.
pub(super) fn latencies(scenarios: &[Scenario]) -> String {
    let figures = || scenarios.iter().map(|s| [s.latency_ns.p50, s.latency_ns.p99, s.latency_ns.max]);
    let Some(first) = figures().flatten().filter_map(u64::checked_ilog10).min().map(|decade| decade as usize) else {
        return String::new();
    };
    let ends = |ns: u64| column(ns).map_or(0, |column| column - first * PER_DECADE + 1);
    let widest = figures().flatten().map(ends).max().unwrap_or(0);
    let decades = widest.div_ceil(PER_DECADE);

    let names: Vec<String> = scenarios.iter().map(|s| markdown::one_line(&s.name)).collect();
    let margin = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let mut out = format!("{:margin$}  ", "");
    for decade in first..=first + decades {
        out.push_str(&format!("{:<PER_DECADE$}", tick(decade)));
    }
    out.push('\n');
    for (name, [p50, p99, max]) in names.iter().zip(figures()) {
        let bar: String = (0..decades * PER_DECADE)
            .map(|at| match at {
                _ if at < ends(p50) => '█',
                _ if at < ends(p99) => '▒',
                _ if at < ends(max) => '·',
                _ => ' ',
            })
            .collect();
        out.push_str(&format!("{name:<margin$}  {bar} p99 {}\n", units::nanoseconds(p99)));
    }
    out
}

/// The column `ns` falls into, counted from 1 ns; 0 ns is in none.
fn column(ns: u64) -> Option<usize> {
    let decade = ns.checked_ilog10()?;
    let scaled = u128::from(ns) * 1_000;
    let size = 10_u128.pow(decade);
    let step = STEPS.iter().take_while(|&&step| step * size <= scaled).count();
    // The first step is 1000. Every number reaches it in its own decade.
    Some(decade as usize * PER_DECADE + step - 1)
}

/// The label where the decade of `10^decade` ns begins. It must fit into [`PER_DECADE`] columns.
fn tick(decade: usize) -> String {
    let (unit, power) = match decade {
        0..3 => ("ns", decade),
        3..6 => ("µs", decade - 3),
        6..9 => ("ms", decade - 6),
        9..12 => ("s", decade - 9),
        _ => return format!("1e{} s", decade - 9),
    };
    format!("1{} {unit}", "0".repeat(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_logarithmic_and_never_fall() {
        assert_eq!(column(0), None);
        assert_eq!(column(1), Some(0));
        assert_eq!(column(10), Some(PER_DECADE));
        assert_eq!(column(9), Some(PER_DECADE - 1));
        assert_eq!(column(316), Some(2 * PER_DECADE + 3));
        assert_eq!(column(317), Some(2 * PER_DECADE + 4));
        assert_eq!(column(u64::MAX), Some(19 * PER_DECADE + 2));
        let all: Vec<_> = (1..100_000).map(column).collect();
        assert!(all.is_sorted());
    }

    #[test]
    fn every_tick_fits() {
        for decade in 0..=20 {
            let label = tick(decade);
            assert!(label.chars().count() < PER_DECADE, "{label}");
        }
        assert_eq!(tick(4), "10 µs");
        assert_eq!(tick(11), "100 s");
        assert_eq!(tick(12), "1e3 s");
    }
}
