//! What one contestant does, and the proof that it did it.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// What a number of operations took, and the sum of what they returned.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// How long the operations took.
    pub time: Duration,
    /// The sum of their proofs.
    pub sum: u64,
}

/// An operation that can be repeated. Every operation returns a number that it can only have from doing the work, for
/// instance a byte of the secret.
pub struct Work {
    run: Box<dyn FnMut(u64) -> Batch>,
    /// What every operation must return.
    proof: u64,
    /// How many operations a batch has at least.
    pub least: u64,
    /// How many operations a batch has at most.
    pub most: u64,
}

/// An operation returned something else than it should.
#[derive(Debug, thiserror::Error)]
#[error("{operations} operations should have returned {expected} in total, and returned {found}")]
pub struct Wrong {
    operations: u64,
    expected: u64,
    found: u64,
}

impl Work {
    /// `operation`, on one thread. It must return `proof` each time.
    pub fn each(proof: u64, mut operation: impl FnMut() -> u64 + 'static) -> Self {
        Self::batches(proof, move |operations| {
            let started = Instant::now();
            let sum = (0..operations).map(|_| black_box(operation())).sum();
            Batch { time: started.elapsed(), sum }
        })
    }

    /// `operation`, spread over as many threads. The time is that of all operations together, from the first thread's
    /// start to the last one's end. Making the threads is not timed.
    pub fn on_threads(threads: u64, proof: u64, operation: impl Fn() -> u64 + Sync + 'static) -> Self {
        let batch = move |operations| {
            let share = |thread| operations / threads + u64::from(thread < operations % threads);
            let together = Barrier::new(threads as usize);
            let of_one = |thread| {
                together.wait();
                let started = Instant::now();
                let sum: u64 = (0..share(thread)).map(|_| black_box(operation())).sum();
                (started, Instant::now(), sum)
            };
            std::thread::scope(|scope| {
                let of_one = &of_one;
                let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || of_one(thread))).collect();
                let done: Vec<_> = running.into_iter().map(|thread| thread.join().expect("nothing panicked")).collect();
                let first = done.iter().map(|&(started, ..)| started).min();
                let last = done.iter().map(|&(_, ended, _)| ended).max();
                let time = last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first);
                Batch { time, sum: done.iter().map(|&(.., sum)| sum).sum() }
            })
        };
        // With fewer operations the threads would not meet.
        Self { least: 500 * threads, ..Self::batches(proof, batch) }
    }

    /// `operation` on what `prepare` made. Neither the preparation nor the drop is timed.
    pub fn prepared<S>(
        proof: u64,
        mut prepare: impl FnMut() -> S + 'static,
        mut operation: impl FnMut(&mut S) -> u64 + 'static,
    ) -> Self {
        Self::batches(proof, move |operations| {
            let mut all = Batch { time: Duration::ZERO, sum: 0 };
            for _ in 0..operations {
                let mut prepared = prepare();
                let started = Instant::now();
                let proof = black_box(operation(&mut prepared));
                all.time += started.elapsed();
                all.sum += proof;
            }
            all
        })
    }

    /// Batches that time themselves.
    pub fn batches(proof: u64, run: impl FnMut(u64) -> Batch + 'static) -> Self {
        Self { run: Box::new(run), proof, least: 1, most: u64::MAX }
    }

    /// The same work, with at most this many operations in a batch.
    pub fn at_most(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Does as many operations and checks what they returned.
    pub fn run(&mut self, operations: u64) -> Result<Duration, Wrong> {
        let Batch { time, sum: found } = (self.run)(operations);
        let expected = operations * self.proof;
        if found == expected { Ok(time) } else { Err(Wrong { operations, expected, found }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_nothing_is_wrong() {
        for mut work in [
            Work::each(7, || 0),
            Work::on_threads(3, 7, || 0),
            Work::prepared(7, || (), |()| 0),
            Work::batches(7, |_| Batch { time: Duration::ZERO, sum: 0 }),
        ] {
            assert!(work.run(10).is_err());
        }
    }

    #[test]
    fn every_operation_is_done_once() {
        for operations in [1, 7, 10] {
            assert!(Work::each(7, || 7).run(operations).is_ok());
            assert!(Work::on_threads(3, 7, || 7).run(operations).is_ok());
            assert!(Work::prepared(7, || 7, |seven| *seven).run(operations).is_ok());
        }
    }

    /// One wrong result among many is enough.
    #[test]
    fn work_that_is_wrong_once_is_wrong() {
        let mut calls = 0;
        let mut work = Work::each(7, move || {
            calls += 1;
            if calls == 50 { 8 } else { 7 }
        });
        assert!(work.run(49).is_ok());
        assert!(work.run(10).is_err());
    }
}
