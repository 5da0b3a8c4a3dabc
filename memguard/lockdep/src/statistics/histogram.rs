//! Times in buckets, four for each doubling. So a bucket is at most a quarter wider than the times in it.

use crate::heap;
use crate::statistics::usage::Times;
use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Enough for all numbers of 64 bits.
const BUCKETS: usize = 4 * 63;

/// The bucket of a number of nanoseconds.
fn bucket(nanos: u64) -> usize {
    if nanos < 4 {
        return nanos as usize;
    }
    let doubling = nanos.ilog2() as usize;
    // The two bits below the highest.
    4 * (doubling - 1) + (nanos >> (doubling - 2) & 3) as usize
}

/// The highest number of a bucket.
fn highest(bucket: usize) -> u64 {
    if bucket < 4 {
        return bucket as u64;
    }
    let (doubling, quarter) = (bucket / 4 + 1, bucket % 4);
    // Its width, and the start of the next one less one.
    let width = 1_u64 << (doubling - 2);
    (1_u64 << doubling) + width * quarter as u64 + (width - 1)
}

/// A histogram that threads fill.
#[derive(Debug)]
pub(crate) struct Shared {
    buckets: [AtomicU64; BUCKETS],
    max: AtomicU64,
}

impl Default for Shared {
    fn default() -> Self {
        Self { buckets: array::from_fn(|_| AtomicU64::new(0)), max: AtomicU64::new(0) }
    }
}

impl Shared {
    pub(crate) fn note(&self, nanos: u64) {
        self.buckets[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
        self.max.fetch_max(nanos, Ordering::Relaxed);
    }
}

/// A sum of histograms.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Box<[u64; BUCKETS]>,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: heap::array(|| 0), max: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, shared: &Shared) {
        for (sum, count) in self.buckets.iter_mut().zip(&shared.buckets) {
            *sum += count.load(Ordering::Relaxed);
        }
        self.max = self.max.max(shared.max.load(Ordering::Relaxed));
    }

    /// The times that came after those of an earlier one. A maximum that has not risen since is known by its bucket.
    pub(crate) fn times_since(&self, earlier: &Self) -> Times {
        let counts = || self.buckets.iter().zip(&*earlier.buckets).map(|(now, then)| now.saturating_sub(*then));
        let timed: u64 = counts().sum();
        let nth = |mut left: u64| {
            let at = counts().position(|count| {
                left = left.saturating_sub(count);
                left == 0
            });
            Duration::from_nanos(at.map_or(0, highest).min(self.max))
        };
        let below = |share: u64| nth((timed * share).div_ceil(100));
        let max = if self.max > earlier.max { Duration::from_nanos(self.max) } else { nth(timed) };
        Times { timed, p50: below(50), p99: below(99), max }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Histogram, Shared, bucket, highest};
    use crate::statistics::usage::Times;

    #[test]
    fn each_number_is_in_a_bucket_that_is_not_a_quarter_too_wide() {
        let numbers = (0..64).flat_map(|bits| [0, 1, 2].map(|more| (1_u64 << bits).saturating_add(more)));
        for number in numbers.chain([0, u64::MAX, 1000, 999_999]) {
            let at = bucket(number);
            assert!(at < BUCKETS, "{number}");
            assert!(highest(at) >= number && highest(at) - number <= number / 4, "{number}: {}", highest(at));
            assert!(at == 0 || highest(at - 1) < number, "{number}");
        }
    }

    #[test]
    fn percentiles_are_those_of_what_was_noted() {
        let (shared, mut sum) = (Shared::default(), Histogram::default());
        (1..=1000).for_each(|nanos| shared.note(nanos));
        sum.add(&shared);
        let times = sum.times_since(&Histogram::default());
        assert_eq!((times.timed, times.max.as_nanos()), (1000, 1000));
        assert!((500..=625).contains(&times.p50.as_nanos()), "{times:?}");
        assert!((990..=1000).contains(&times.p99.as_nanos()), "{times:?}");
    }

    #[test]
    fn times_of_an_interval_leave_out_what_came_before() {
        let (shared, [mut before, mut after, mut end]) = (Shared::default(), [(); 3].map(|()| Histogram::default()));
        (0..1000).for_each(|_| shared.note(1_000_000));
        before.add(&shared);
        assert_eq!(before.times_since(&before), Times::default());
        (0..10).for_each(|_| shared.note(100));
        after.add(&shared);
        let times = after.times_since(&before);
        assert_eq!(times.timed, 10);
        assert!(
            [times.p50, times.p99, times.max].iter().all(|time| (100..=125).contains(&time.as_nanos())),
            "{times:?}"
        );
        shared.note(2_000_000);
        end.add(&shared);
        let times = end.times_since(&after);
        assert_eq!((times.timed, times.p50.as_nanos(), times.max.as_nanos()), (1, 2_000_000, 2_000_000));
    }
}
