//! `memguard-stress merge`: joins the records of shards into one.

use super::exit::Exit;
use super::output::{self, complain};
use super::report_paths::check_file;
use super::run::{exit_of, print_failures, verdict_line};
use super::table;
use memguard_reports::stress::StressRun;
use memguard_reports::{load, write_json};
use std::path::{Path, PathBuf};

/// Writes the joined record. Ends as its verdict says.
pub fn merge(records: &[PathBuf], report: &Path) -> Exit {
    let joined = match joined(records) {
        Ok(joined) => joined,
        Err(why) => {
            complain(why);
            return Exit::Usage;
        }
    };
    let written = check_file(report).and_then(|()| write_json(&joined, report).map_err(|error| error.to_string()));
    if let Err(why) = written {
        complain(why);
        return Exit::Unfit;
    }
    print_failures(&joined);
    let table = table::of_scenarios(&joined.scenarios, table::width());
    let line = verdict_line(&joined, joined.verdict);
    let text = format!("{table}\nwrote {}\n{line}", report.display());
    output::print(text, exit_of(joined.verdict, Some(interrupted(&joined))))
}

fn joined(records: &[PathBuf]) -> Result<StressRun, String> {
    let mut all: Option<StressRun> = None;
    for path in records {
        let run: StressRun = load(path).map_err(|error| error.to_string())?;
        all = Some(match all {
            None => run,
            Some(before) => before.join(run).map_err(|why| format!("{} cannot be joined: {why}", path.display()))?,
        });
    }
    all.ok_or_else(|| "there is no record to join".to_owned())
}

/// The end of a run that this signal interrupted.
fn interrupted(run: &StressRun) -> Exit {
    let is_term = run.partial.as_ref().is_some_and(|partial| partial.ended_by == "SIGTERM");
    if is_term { Exit::Terminated } else { Exit::Interrupted }
}
