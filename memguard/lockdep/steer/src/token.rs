//! Tokens: schedules to keep, print and replay.

use crate::hang::hash;
use crate::schedule::Schedule;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The start of each token. Any change of shape or meaning raises the number.
const FORMAT: &str = "steer1-";
/// No program has as many threads, and no token as many steps.
const MOST_THREADS: usize = 1 << 20;
const MOST_STEPS: usize = 1 << 30;

/// A schedule under which a program hangs. As text it is short enough for a line of a bug report.
///
/// ```
/// use memguard_lockdep_steer::{Token, TokenError};
/// assert_eq!("steer1-00".parse::<Token>(), Err(TokenError::Damaged));
/// assert_eq!("a tale".parse::<Token>(), Err(TokenError::NoToken));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub(crate) schedule: Schedule,
    /// What it hangs in.
    pub(crate) fingerprint: u32,
}

/// Why a text is no token.
///
/// ```
/// assert!(memguard_lockdep_steer::TokenError::Damaged.to_string().contains("damaged"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It does not begin like one.
    #[error("not a token: it does not begin with {FORMAT}")]
    NoToken,
    /// It begins like one. The rest was cut or changed.
    #[error("the token is damaged: its checksum is wrong")]
    Damaged,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        let Schedule { seed, steps, switches } = &self.schedule;
        write_number(&mut bytes, *seed);
        write_number(&mut bytes, *steps as u64);
        for &(usual, thread) in switches {
            write_number(&mut bytes, usual as u64);
            write_number(&mut bytes, thread as u64);
        }
        bytes.extend(self.fingerprint.to_le_bytes());
        bytes.extend(&hash(&bytes).to_le_bytes()[..2]);
        f.write_str(FORMAT)?;
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let hex = text.trim().strip_prefix(FORMAT).ok_or(TokenError::NoToken)?;
        Self::read(hex).ok_or(TokenError::Damaged)
    }
}

impl Token {
    fn read(hex: &str) -> Option<Self> {
        let bytes = from_hex(hex)?;
        let (bytes, sum) = bytes.split_last_chunk::<2>()?;
        if hash(bytes).to_le_bytes()[..2] != *sum {
            return None;
        }
        let (mut bytes, fingerprint) = bytes.split_last_chunk::<4>()?;
        let seed = read_number(&mut bytes)?;
        let steps = read_size(&mut bytes, MOST_STEPS)?;
        let mut switches = Vec::new();
        while !bytes.is_empty() {
            switches.push((read_size(&mut bytes, MOST_STEPS)?, read_size(&mut bytes, MOST_THREADS)?));
        }
        Some(Self { schedule: Schedule { seed, steps, switches }, fingerprint: u32::from_le_bytes(*fingerprint) })
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(pair).collect()
}

/// Seven bits a byte, the lowest first. The highest bit of a byte says that more follow.
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn read_size(bytes: &mut &[u8], most: usize) -> Option<usize> {
    usize::try_from(read_number(bytes)?).ok().filter(|&number| number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        let schedule = Schedule { seed: u64::MAX, steps: 1000, switches: vec![(3, 2), (500, 130), (0, 0)] };
        Token { schedule, fingerprint: 0x1234_5678 }
    }

    #[test]
    fn a_token_reads_as_it_was_written() {
        assert_eq!(token().to_string().parse(), Ok(token()));
    }

    #[test]
    fn each_damage_is_noticed() {
        let text = token().to_string();
        for at in FORMAT.len()..text.len() {
            let cut = &text[..at];
            assert_eq!(cut.parse::<Token>(), Err(TokenError::Damaged), "{cut}");
            let digit = if &text[at..=at] == "0" { "1" } else { "0" };
            let changed = format!("{cut}{digit}{}", &text[at + 1..]);
            assert_eq!(changed.parse::<Token>(), Err(TokenError::Damaged), "{changed}");
        }
        for odd in ["steer1-", "steer1-zz", "steer1-é", "steer1-ffffffffffffffffffffffffffffffff"] {
            assert_eq!(odd.parse::<Token>(), Err(TokenError::Damaged), "{odd}");
        }
        assert_eq!("steer2-00".parse::<Token>(), Err(TokenError::NoToken));
    }
}
