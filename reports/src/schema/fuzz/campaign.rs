//! A run over all targets: what libFuzzer's logs say.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::schema::error::ReportError;
use crate::schema::file;
use crate::schema::fuzz::lcov::{self, Lines};
use crate::schema::fuzz::script::{self, Origin};

/// One run over all targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// Where the figures come from.
    pub origin: Origin,
    /// The targets, by name.
    pub targets: Vec<Target>,
}

/// What one target did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// How many inputs it executed.
    pub executions: u64,
    /// Inputs a second, as libFuzzer counts.
    pub executions_per_s: u64,
    /// Edges that were covered in all crates of the program: libFuzzer's `cov`.
    pub edges: u64,
    /// Features: edges with how often each was taken, and values that were compared. libFuzzer's `ft`.
    pub features: u64,
    /// Lines of the library in the target's program, and how many of them the corpus executes. `None` without LLVM's
    /// tools.
    pub lines: Option<Lines>,
    /// Inputs in the minimised corpus.
    pub corpus: u64,
    /// Whether the fuzzer ran for its whole time.
    pub finished: bool,
    /// For each crash, the command that replays it.
    pub crashes: Vec<String>,
}

impl Campaign {
    pub(super) fn collect(folder: &Path) -> Result<Self, ReportError> {
        let targets = script::folders(folder)?.into_iter().map(|(name, folder)| Target::collect(name, &folder));
        Ok(Self { origin: Origin::collect(folder)?, targets: targets.collect::<Result<_, _>>()? })
    }

    pub(super) fn shortfalls(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.targets.is_empty() {
            wrong.push("no target was run".to_owned());
        }
        for target in &self.targets {
            let name = &target.name;
            if target.executions == 0 {
                wrong.push(format!("{name} executed nothing"));
            }
            if target.lines.is_some_and(|lines| lines.executed == 0) {
                wrong.push(format!("the corpus of {name} executes no line of the library"));
            }
            match target.crashes.as_slice() {
                [] if !target.finished => wrong.push(format!("{name} ended early and left no input; see its log")),
                [] => {}
                crashes => wrong.push(format!("{name} failed; replay: {}", crashes.join("; "))),
            }
        }
        wrong
    }
}

impl Target {
    /// From the files `run.log` (libFuzzer's) and `corpus`, and from `lcov.info` and `crashes` (a command a line) if
    /// they exist.
    fn collect(name: String, folder: &Path) -> Result<Self, ReportError> {
        let path = folder.join("run.log");
        let log = file::read(&path)?;
        let lacks = |what: &str| script::not_as_left(&path, format!("it has no {what}"));
        let progress = |field| last_progress(&log, field).ok_or_else(|| lacks(field));
        let tracefile = folder.join("lcov.info");
        let statistic = |field| statistic(&log, field).ok_or_else(|| lacks(field));
        Ok(Self {
            name,
            executions: statistic("stat::number_of_executed_units:")?,
            executions_per_s: statistic("stat::average_exec_per_sec:")?,
            edges: progress("cov:")?,
            features: progress("ft:")?,
            lines: if tracefile.exists() {
                Some(lcov::files(&file::read(&tracefile)?).into_values().sum())
            } else {
                None
            },
            corpus: script::number(&folder.join("corpus"))?,
            finished: log.lines().any(|line| line.starts_with("Done ") && line.contains(" runs in ")),
            crashes: script::optional_lines(&folder.join("crashes"))?,
        })
    }
}

/// The figure after `field` in the last progress line. Such a line is `#4096 pulse cov: 1713 ft: 2531 corp: 51/511b`.
fn last_progress(log: &str, field: &str) -> Option<u64> {
    log.lines().rev().filter(|line| line.starts_with('#')).find_map(|line| figure_after(line, field))
}

/// The figure of a line of the final statistics. Such a line is `stat::peak_rss_mb: 352`.
fn statistic(log: &str, field: &str) -> Option<u64> {
    log.lines().rev().filter(|line| line.starts_with(field)).find_map(|line| figure_after(line, field))
}

fn figure_after(line: &str, field: &str) -> Option<u64> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == field)?;
    words.next()?.parse().ok()
}
