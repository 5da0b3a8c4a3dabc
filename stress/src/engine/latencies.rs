//! How long operations take.

use hdrhistogram::Histogram;
use memguard_reports::stress as report;
use std::collections::BTreeMap;
use std::time::Duration;

/// Two significant digits, from a nanosecond to a minute.
const PRECISION: u8 = 2;
const LONGEST: u64 = 60_000_000_000;

/// For the operations of one kind. There are many kinds, and each thread has its own of each.
const PRECISION_OF_KINDS: u8 = 1;

/// A distribution of durations in nanoseconds. Each thread has one; they are merged at the end.
pub(super) type Latencies = Histogram<u64>;

/// An empty distribution.
pub(super) fn none() -> Latencies {
    empty(PRECISION)
}

fn empty(precision: u8) -> Latencies {
    let histogram = Histogram::new_with_bounds(1, LONGEST, precision);
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

/// The operations of each kind.
#[derive(Debug, Default)]
pub(super) struct Kinds(BTreeMap<&'static str, OfKind>);

#[derive(Debug)]
struct OfKind {
    latencies: Latencies,
    /// The histogram rounds it.
    longest: Duration,
}

impl Kinds {
    pub(super) fn record(&mut self, kind: &'static str, took: Duration) {
        let all = self.0.entry(kind).or_insert_with(OfKind::none);
        record(&mut all.latencies, took);
        all.longest = all.longest.max(took);
    }

    /// Adds those of one thread.
    pub(super) fn merge(&mut self, others: &Self) {
        for (kind, other) in &others.0 {
            let all = self.0.entry(kind).or_insert_with(OfKind::none);
            merge(&mut all.latencies, &other.latencies);
            all.longest = all.longest.max(other.longest);
        }
    }

    pub(super) fn as_reported(&self) -> BTreeMap<String, report::Kind> {
        let shown = |kind: &OfKind| {
            let max = u64::try_from(kind.longest.as_nanos()).unwrap_or(u64::MAX);
            let at = |quantile| kind.latencies.value_at_quantile(quantile).min(max);
            report::Kind { ops: kind.latencies.len(), p50: at(0.5), p999: at(0.999), max }
        };
        self.0.iter().map(|(&name, kind)| (name.to_owned(), shown(kind))).collect()
    }
}

impl OfKind {
    fn none() -> Self {
        Self { latencies: empty(PRECISION_OF_KINDS), longest: Duration::ZERO }
    }
}
