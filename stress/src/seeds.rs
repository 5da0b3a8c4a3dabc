//! Ranges of seeds, and the shares of them.

use std::ops::Range;
use std::str::FromStr;

/// The seeds from `start` to before `end`: `0..1000`.
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    number: u64,
    of: u64,
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

impl Shard {
    /// The seeds of this shard.
    pub fn of(self, seeds: &Range<u64>) -> Vec<u64> {
        let first = seeds.start.saturating_add(self.number - 1);
        let step = usize::try_from(self.of).unwrap_or(usize::MAX);
        (first..seeds.end).step_by(step).collect()
    }
}
