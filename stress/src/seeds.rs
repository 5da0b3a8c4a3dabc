//! Ranges of seeds, and the shares of them. `run` and `cargo sim` read them in the same way.

use std::ops::Range;
use std::str::FromStr;

/// The seeds from `start` to before `end`: `0..1000`.
///
/// ```
/// use memguard_stress::seeds::Seeds;
/// assert_eq!("3..5".parse::<Seeds>().unwrap().0, 3..5);
/// assert!("5..3".parse::<Seeds>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(pub Range<u64>);

impl FromStr for Seeds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a range of seeds is two numbers, such as 0..1000";
        let (start, end) = text.split_once("..").ok_or(WRONG)?;
        let seeds = start.parse().map_err(|_| WRONG)?..end.parse().map_err(|_| WRONG)?;
        if seeds.is_empty() { Err("there is no seed in this range") } else { Ok(Self(seeds)) }
    }
}

/// One of several equal shares: `1/4` is the first of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// The seeds of this shard. All shards of a range have each of its seeds once.
    ///
    /// ```
    /// use memguard_stress::seeds::Shard;
    /// let second: Shard = "2/3".parse().unwrap();
    /// assert_eq!(second.seeds(&(0..8)).collect::<Vec<_>>(), [1, 4, 7]);
    /// assert_eq!(second.count(&(0..8)), 3);
    /// ```
    pub fn seeds(self, all: &Range<u64>) -> impl Iterator<Item = u64> + use<> {
        let step = usize::try_from(self.of).unwrap_or(usize::MAX);
        (self.first(all)..all.end).step_by(step)
    }

    /// How many seeds it has.
    pub fn count(self, all: &Range<u64>) -> u64 {
        all.end.saturating_sub(self.first(all)).div_ceil(self.of)
    }

    fn first(self, all: &Range<u64>) -> u64 {
        all.start.saturating_add(self.number - 1)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a shard is its number and how many there are, such as 1/4";
        let (number, of) = text.split_once('/').ok_or(WRONG)?;
        let (number, of) = (number.parse().map_err(|_| WRONG)?, of.parse().map_err(|_| WRONG)?);
        if number == 0 || number > of { Err(WRONG) } else { Ok(Self { number, of }) }
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn the_shards_share_all_seeds_and_none_twice() {
        for of in 1..=7 {
            let shard = |number| Shard { number, of };
            let mut all: Vec<u64> = (1..=of).flat_map(|number| shard(number).seeds(&(10..15))).collect();
            all.sort_unstable();
            assert_eq!(all, [10, 11, 12, 13, 14], "{of} shards");
            assert_eq!((1..=of).map(|number| shard(number).count(&(10..15))).sum::<u64>(), 5);
        }
    }

    #[test]
    fn the_last_seeds_of_all_overflow_nothing() {
        let last = u64::MAX - 1..u64::MAX;
        assert_eq!(Shard { number: 9, of: 9 }.seeds(&last).count(), 0);
        assert_eq!(Shard::WHOLE.count(&(0..u64::MAX)), u64::MAX);
    }
}
