//! How long operations take.

use hdrhistogram::Histogram;
use memguard_reports::stress as report;
use std::time::Duration;

/// Two significant digits, from a nanosecond to a minute.
const PRECISION: u8 = 2;
const LONGEST: u64 = 60_000_000_000;

/// The distribution of the operations' durations. Each thread has one; they are merged at the end.
#[derive(Debug)]
pub(super) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST, PRECISION);
        Self(histogram.expect("constant bounds and precision that the histogram accepts"))
    }

    pub(super) fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all histograms have the same bounds");
    }

    pub(super) fn summary(&self) -> report::Latency {
        let at = |quantile| self.0.value_at_quantile(quantile);
        report::Latency { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: self.0.max() }
    }
}
