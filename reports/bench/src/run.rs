//! One run over the table.

use crate::bench::{Effort, Failed};
use crate::{growth, live, steady, table};
use indicatif::{ProgressBar, ProgressStyle};
use memguard_reports::Verdict;
use memguard_reports::bench::{BenchRun, SCHEMA};
use memguard_reports::provenance::Provenance;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a run measures, and how long.
pub struct Plan {
    quick: bool,
    only: Option<String>,
    /// For the table.
    effort: Effort,
    /// For the pictures of growth, whose shape matters more than their last digit.
    rough: Effort,
    /// How many operations strace counts the system calls of.
    operations: u64,
    /// By how much fewer buffers live.
    fewer: usize,
}

impl Plan {
    /// The whole table, or what has `only` in its name.
    pub fn new(quick: bool, only: Option<String>) -> Self {
        let effort = |rounds, ms| Effort { rounds, slice: Duration::from_millis(ms) };
        match quick {
            true => Self { quick, only, effort: effort(3, 1), rough: effort(1, 1), operations: 1_000, fewer: 10 },
            false => Self { quick, only, effort: effort(31, 20), rough: effort(9, 20), operations: 10_000, fewer: 1 },
        }
    }

    /// Why the run is no evidence.
    pub fn partial(&self) -> Option<String> {
        let only = self.only.as_ref().map(|only| format!("only what has \"{only}\" in its name was measured"));
        let quick = self.quick.then(|| "the run was quick".to_owned());
        only.or(quick)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only))
    }

    /// Measures. `top` is the folder of the workspace.
    pub fn run(&self, top: &Path) -> Result<BenchRun, Failed> {
        let (provenance, load_average) = (Provenance::detect(top), load_average());
        let started = Instant::now();
        let benches: Vec<_> = table::all().into_iter().filter(|bench| self.wants(bench.name())).collect();
        let series: Vec<_> = growth::all().into_iter().filter(|series| self.wants(&series.name())).collect();
        let rounds = benches.len() as u64 * u64::from(self.effort.rounds);
        let rough: u64 = series.iter().map(|series| series.benches() * u64::from(self.rough.rounds)).sum();
        let progress = bar(rounds + rough);

        let mut rows = Vec::new();
        for bench in &benches {
            progress.set_message(bench.name().to_owned());
            rows.extend(bench.rows(self.effort, || progress.inc(1))?);
        }
        progress.set_message("in processes of their own");
        if self.wants(live::SECTION) {
            rows.extend(live::rows(self.fewer));
        }
        rows.extend(steady::rows(self.operations, |name| self.wants(name)));
        let mut growth = Vec::new();
        for series in &series {
            progress.set_message(series.name());
            growth.push(series.measure(self.rough, || progress.inc(1))?);
        }
        progress.finish_and_clear();

        let mut run = BenchRun {
            schema: SCHEMA.to_owned(),
            // The path of the binary says nothing.
            command: ["memguard-bench".to_owned()].into_iter().chain(std::env::args().skip(1)).collect(),
            provenance,
            load_average,
            duration_s: started.elapsed().as_secs_f64(),
            rounds: self.effort.rounds,
            partial: self.partial(),
            verdict: Verdict::Fail,
            rows,
            growth,
        };
        run.verdict = run.computed_verdict();
        Ok(run)
    }
}

fn bar(rounds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} rounds, {eta} left: {msg}");
    ProgressBar::new(rounds).with_style(style.expect("the template is valid"))
}

/// The load average of the last minute.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
