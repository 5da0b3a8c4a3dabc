//! `memguard-stress compare`: what changed between two runs.

use super::exit::Exit;
use super::output;
use memguard_reports::stress::{StressRun, compare as changes};
use memguard_reports::{ReportError, load};
use std::fmt::Write as _;
use std::path::Path;

/// Prints what changed beyond noise. Fails if something got worse.
pub fn compare(old: &Path, new: &Path) -> Exit {
    match both(old, new) {
        Ok((old, new)) => {
            let changes = changes(&old, &new);
            let mut text = String::new();
            for change in &changes {
                // A string takes every text.
                let _ = writeln!(text, "{change}");
            }
            let worse = changes.iter().filter(|change| change.is_worse).count();
            let _ = writeln!(text, "{} changes beyond noise, {worse} for the worse", changes.len());
            output::print(text, if worse == 0 { Exit::Pass } else { Exit::Broken })
        }
        Err(error) => {
            output::complain(error);
            Exit::Usage
        }
    }
}

fn both(old: &Path, new: &Path) -> Result<(StressRun, StressRun), ReportError> {
    Ok((load(old)?, load(new)?))
}
