//! Numbers as text, for pages and for the terminal: the only number formatter of the tools.
//!
//! Everything but a rate is integer arithmetic, so every machine rounds alike. No crate does this: `humantime` and
//! `indicatif` do not round a duration to three digits, and `humansize` calculates in floating point.

use std::time::{Duration, SystemTime};

/// `12345678` as `12,345,678`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Nanoseconds with three digits: `842 ns`, `12.3 µs`, `1.00 s`.
pub fn nanoseconds(ns: u64) -> String {
    if ns < 1_000 {
        return format!("{ns} ns");
    }
    for (size, unit) in [(1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s")] {
        for decimals in [2_u32, 1, 0] {
            let shown = rounded(ns, size, decimals);
            // Rounding comes first: 999,999 ns is 1.00 ms, not 1000 µs.
            if shown < 1_000 {
                return with_decimals(shown, decimals, unit);
            }
        }
    }
    format!("{} s", count(rounded(ns, 1_000_000_000, 0)))
}

/// Nanoseconds, with a decimal below 100: `17.3 ns`. From there on as [`nanoseconds`] shows them.
pub fn fine_nanoseconds(ns: f64) -> String {
    // The cast saturates. It turns a negative number into 0.
    let tenths = (ns * 10.0).round() as u64;
    if tenths < 1_000 { with_decimals(tenths, 1, "ns") } else { nanoseconds(ns.round() as u64) }
}

/// Seconds, as [`nanoseconds`] shows them.
pub fn seconds(s: f64) -> String {
    // The cast saturates. It turns a negative number into 0.
    nanoseconds((s * 1e9).round() as u64)
}

/// A time for people: below a minute as [`seconds`] shows it, else in minutes and whole seconds: `2m 5s`.
pub fn span(s: f64) -> String {
    // The cast saturates, also in a duration.
    let whole = Duration::from_secs(s.round() as u64);
    if s < 59.95 { seconds(s) } else { humantime::format_duration(whole).to_string() }
}

/// `n` things in `s` seconds, per second.
pub fn rate(n: u64, s: f64) -> String {
    if s.is_nan() || s <= 0.0 {
        return "–".to_owned();
    }
    let rate = n as f64 / s;
    if rate < 99.95 { format!("{rate:.1}") } else { count(rate.round() as u64) }
}

/// Bytes with two decimals in the largest binary unit that fits. 0 is `unknown`.
pub fn memory(bytes: u64) -> String {
    if bytes == 0 {
        return "unknown".to_owned();
    }
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes >> shift > 0 {
            return with_decimals(rounded(bytes, 1 << shift, 2), 2, unit);
        }
    }
    format!("{bytes} bytes")
}

/// A moment as ISO 8601 in UTC.
pub fn utc(unix_s: u64) -> String {
    // The first second of the year 10000. humantime's formatter fails from there on.
    const YEAR_10000: u64 = 253_402_300_800;
    match SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(unix_s)) {
        Some(moment) if unix_s < YEAR_10000 => humantime::format_rfc3339_seconds(moment).to_string(),
        _ => format!("{unix_s} s after 1970-01-01T00:00:00Z"),
    }
}

/// The day of a moment in UTC: `2026-11-28`.
pub fn day(unix_s: u64) -> String {
    utc(unix_s).split('T').next().unwrap_or_default().to_owned()
}

/// As much of the hash of a commit as names it to people.
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// `n / size` in steps of `10^-decimals`, rounded half up. The product may exceed 64 bits.
fn rounded(n: u64, size: u64, decimals: u32) -> u64 {
    let (n, size) = (u128::from(n), u128::from(size));
    let steps = (n * 10_u128.pow(decimals) + size / 2) / size;
    u64::try_from(steps).unwrap_or(u64::MAX)
}

fn with_decimals(steps: u64, decimals: u32, unit: &str) -> String {
    let one = 10_u64.pow(decimals);
    if decimals == 0 {
        return format!("{steps} {unit}");
    }
    let (whole, part) = (steps / one, steps % one);
    format!("{whole}.{part:0width$} {unit}", width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_group_by_three() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn latencies_keep_three_digits() {
        for (ns, shown) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (12_345, "12.3 µs"),
            (12_350, "12.4 µs"),
            (99_950, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (1_234_567_890, "1.23 s"),
            (3_600_000_000_000, "3,600 s"),
            (u64::MAX, "18,446,744,074 s"),
        ] {
            assert_eq!(nanoseconds(ns), shown, "{ns}");
        }
    }

    #[test]
    fn short_latencies_have_a_decimal() {
        for (ns, shown) in
            [(0.0, "0.0 ns"), (17.26, "17.3 ns"), (99.94, "99.9 ns"), (99.96, "100 ns"), (-1.0, "0.0 ns")]
        {
            assert_eq!(fine_nanoseconds(ns), shown, "{ns}");
        }
        assert_eq!(fine_nanoseconds(1_234.5), "1.24 µs");
    }

    #[test]
    fn seconds_read_like_latencies() {
        assert_eq!(seconds(30.0), "30.0 s");
        assert_eq!(seconds(0.004), "4.00 ms");
        assert_eq!(seconds(-1.0), "0 ns");
    }

    #[test]
    fn long_times_are_in_minutes() {
        for (s, shown) in [(59.9, "59.9 s"), (59.96, "1m"), (125.4, "2m 5s"), (3_661.0, "1h 1m 1s"), (0.0, "0 ns")] {
            assert_eq!(span(s), shown, "{s}");
        }
        assert!(!span(f64::MAX).is_empty() && span(-1.0) == "0 ns");
    }

    #[test]
    fn rates_need_a_duration() {
        assert_eq!(rate(1_000_000, 2.0), "500,000");
        assert_eq!(rate(5, 2.0), "2.5");
        assert_eq!(rate(5, 0.0), "–");
        assert_eq!(rate(5, f64::NAN), "–");
    }

    #[test]
    fn memory_is_binary() {
        assert_eq!(memory(0), "unknown");
        assert_eq!(memory(1_023), "1023 bytes");
        assert_eq!(memory(24_684_092 * 1024), "23.54 GiB");
        assert_eq!(memory(8 << 20), "8.00 MiB");
    }

    #[test]
    fn moments_are_utc_and_never_panic() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(utc(253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(utc(253_402_300_800), "253402300800 s after 1970-01-01T00:00:00Z");
        assert_eq!(utc(u64::MAX), "18446744073709551615 s after 1970-01-01T00:00:00Z");
    }
}
