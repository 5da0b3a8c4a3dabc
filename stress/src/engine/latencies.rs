//! How long operations take.

use hdrhistogram::Histogram;
use memguard_reports::stress as report;
use std::time::Duration;

/// Two significant digits, from a nanosecond to a minute.
const PRECISION: u8 = 2;
const LONGEST: u64 = 60_000_000_000;

/// A distribution of durations in nanoseconds. Each thread has one; they are merged at the end.
pub(super) type Latencies = Histogram<u64>;

/// An empty distribution.
pub(super) fn none() -> Latencies {
    let histogram = Histogram::new_with_bounds(1, LONGEST, PRECISION);
    histogram.expect("constant bounds and precision that the histogram accepts")
}

pub(super) fn record(latencies: &mut Latencies, took: Duration) {
    latencies.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST));
}

/// Adds those of one thread.
pub(super) fn merge(all: &mut Latencies, one: &Latencies) {
    all.add(one).expect("all histograms have the same bounds");
}

pub(super) fn as_reported(latencies: &Latencies) -> report::Latency {
    let at = |quantile| latencies.value_at_quantile(quantile);
    report::Latency { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: latencies.max() }
}
