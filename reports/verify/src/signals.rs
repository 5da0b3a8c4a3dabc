//! The signals that end a run early.

use std::fs;
use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Caught;

use crate::cli::Exit;

const ENDING: [(i32, &str, Exit); 3] =
    [(SIGHUP, "SIGHUP", Exit::HungUp), (SIGINT, "SIGINT", Exit::Interrupted), (SIGTERM, "SIGTERM", Exit::Terminated)];

/// Which ending signals have come.
#[derive(Debug)]
pub struct Signals {
    caught: Caught,
    first: Option<i32>,
    count: usize,
}

impl Signals {
    /// Catches the signals until the process ends. One that the caller ignores stays ignored: a shell starts a
    /// background job without SIGINT, and `nohup` a program without SIGHUP.
    ///
    /// # Errors
    /// The system's error, if a signal cannot be caught.
    pub fn catch() -> io::Result<Self> {
        let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        let wanted = ENDING.iter().map(|&(signal, ..)| signal).filter(|signal| ignored >> (signal - 1) & 1 == 0);
        Ok(Self { caught: Caught::new(wanted)?, first: None, count: 0 })
    }

    /// How many have come.
    pub fn count(&mut self) -> usize {
        for signal in self.caught.pending() {
            self.first.get_or_insert(signal);
            self.count += 1;
        }
        self.count
    }

    /// The name of the first one, and the exit code after it.
    pub fn first(&self) -> Option<(&'static str, Exit)> {
        ENDING.into_iter().find(|&(signal, ..)| self.first == Some(signal)).map(|(_, name, exit)| (name, exit))
    }
}

/// The signals that this process ignores, one a bit. A system without `/proc` does not say.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::ignored;

    #[test]
    fn ignored_signals_are_read() {
        assert_eq!(ignored("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000003\n"), 3);
        assert_eq!(ignored(""), 0);
    }
}
