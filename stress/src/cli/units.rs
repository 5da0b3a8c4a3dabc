//! Figures for the table on the terminal.

/// `12345678` as `12 345 678`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

/// Nanoseconds with about three digits.
pub fn nanoseconds(ns: u64) -> String {
    let ns = ns as f64;
    match ns {
        _ if ns < 1e3 => format!("{ns} ns"),
        _ if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        _ if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        _ => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn figures_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(super::count), ["0", "999", "1 000", "1 234 567"]);
        let shown = [999, 1_500, 2_500_000, 3_000_000_000].map(super::nanoseconds);
        assert_eq!(shown, ["999 ns", "1.5 µs", "2.5 ms", "3.00 s"]);
    }
}
