//! The random decisions of a thread.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Lengths at which mistakes are likely: single bytes, integers, and page boundaries on both sides.
pub(super) const EDGES: &[usize] = &[1, 2, 3, 7, 8, 9, 16, 31, 32, 33, 64, 4088, 4095, 4096, 4097, 8192, 12_288];

/// An endless stream of decisions that a seed fixes. Each thread has a stream of its own, so its decisions do not
/// depend on the progress of other threads.
///
/// ```
/// use memguard_stress::ops::Choices;
/// let draw = |seed, stream| Choices::new(seed, stream).below(1_000_000);
/// assert_eq!(draw(1, 2), draw(1, 2));
/// assert_ne!(draw(1, 2), draw(1, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Choices(ChaCha8Rng);

impl Choices {
    /// The stream with this number under this seed.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number below `n`; 0 if `n` is 0. The bias of the remainder is far below what any scenario could notice.
    pub fn below(&mut self, n: usize) -> usize {
        let drawn = self.0.next_u64() % (n.max(1) as u64);
        drawn as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A length in bytes: mostly small, often at an edge, at most three pages of 4 KiB.
    pub fn length(&mut self) -> usize {
        if self.one_in(4) { self.pick(EDGES) } else { 1 + self.below(96) }
    }
}
