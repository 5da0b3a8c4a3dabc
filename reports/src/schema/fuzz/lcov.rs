//! LCOV tracefiles: which lines of the library were executed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lines of code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Lines that could be executed.
    pub all: u64,
    /// Lines that were executed.
    pub executed: u64,
}

impl Lines {
    /// The share of lines that were executed, in percent. It is 100 if there are no lines.
    pub fn share(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.executed as f64 * 100.0 / self.all as f64 }
    }
}

impl std::iter::Sum for Lines {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, lines| Self {
            all: sum.all + lines.all,
            executed: sum.executed + lines.executed,
        })
    }
}

/// The folders of the libraries that targets judge.
const LIBRARIES: [&str; 2] = ["memguard/src/", "memguard/lockdep/src/"];

/// The lines of every file of a library in a tracefile. A file may occur in it several times.
pub(super) fn files(text: &str) -> BTreeMap<String, Lines> {
    let mut files: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            // Tools write absolute paths. The record must not show where the checkout is.
            current = LIBRARIES.iter().find_map(|library| path.rfind(library)).map(|at| path[at..].to_owned());
        } else if let (Some(path), Some(data)) = (&current, line.strip_prefix("DA:")) {
            let mut fields = data.split(',').map(str::parse::<u64>);
            if let (Some(Ok(line)), Some(Ok(hits))) = (fields.next(), fields.next()) {
                *files.entry(path.clone()).or_default().entry(line).or_default() += hits;
            }
        }
    }
    let count = |hits: BTreeMap<u64, u64>| Lines {
        all: hits.len() as u64,
        executed: hits.values().filter(|&&hits| hits > 0).count() as u64,
    };
    files.into_iter().map(|(path, hits)| (path, count(hits))).collect()
}
