//! Bars on a logarithmic scale, drawn with characters. They work in a terminal, in a diff and in a browser.

use crate::render::markdown;

/// Columns for one factor of ten.
const PER_DECADE: usize = 8;

/// `1000 * 10^(i/8)`: where the columns of a decade begin. It is a table because the last bit of a `log10` may differ
/// between machines, and the page must not.
const STEPS: [u128; PER_DECADE] = [1_000, 1_334, 1_778, 2_371, 3_162, 4_217, 5_623, 7_499];

/// One bar.
pub(crate) struct Bar {
    /// What stands in front of it.
    pub(crate) name: String,
    /// How many nanoseconds each of its parts ends at, in rising order, and what the part is drawn with.
    pub(crate) parts: Vec<(u64, char)>,
    /// What stands behind it.
    pub(crate) note: String,
}

/// The bars below a common axis. Empty if no bar has a length.
pub(crate) fn bars(bars: &[Bar]) -> String {
    let lengths = || bars.iter().flat_map(|bar| bar.parts.iter().map(|&(ns, _)| ns));
    let Some(first) = lengths().filter_map(u64::checked_ilog10).min().map(|decade| decade as usize) else {
        return String::new();
    };
    let end = |ns: u64| column(ns).map_or(0, |column| column - first * PER_DECADE + 1);
    let widest = lengths().map(end).max().unwrap_or(0);
    let decades = widest.div_ceil(PER_DECADE);

    let names: Vec<String> = bars.iter().map(|bar| markdown::one_line(&bar.name)).collect();
    let margin = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let mut out = format!("{:margin$}  ", "");
    for decade in first..=first + decades {
        out.push_str(&format!("{:<PER_DECADE$}", tick(decade)));
    }
    out.push('\n');
    for (name, Bar { parts, note, .. }) in names.iter().zip(bars) {
        let fill = |at| parts.iter().find(|&&(ns, _)| at < end(ns)).map_or(' ', |&(_, fill)| fill);
        let bar: String = (0..decades * PER_DECADE).map(fill).collect();
        out.push_str(&format!("{name:<margin$}  {bar} {note}\n"));
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
