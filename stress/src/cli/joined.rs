//! The runs of one process as one report.

use memguard_reports::stress::StressRun;

/// Earlier runs of this process, and this one.
pub fn joined(earlier: Option<StressRun>, run: StressRun) -> StressRun {
    match earlier {
        None => run,
        Some(earlier) => earlier.join(run).expect("the runs of one program, each with a seed of its own"),
    }
}
