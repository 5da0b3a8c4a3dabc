//! `memguard-stress run` with a range of seeds: one run for each, and one record of them all.

use super::args::SeededArgs;
use super::exit::Exit;
use super::output::{Output, complain};
use super::provenance::Provenance;
use super::run::{self, Ready, nothing_ran, plan};
use super::table;
use crate::scenario::Scenario;
use crate::seeds::{Seeds, Shard};
use memguard_reports::stress::Verdict;

/// Runs the scenarios with one seed, or once with each of a range.
pub fn run(args: &SeededArgs, scenarios: &[&'static Scenario]) -> Exit {
    let Some(Seeds(all)) = &args.seeds else {
        return run::run(&args.run, scenarios);
    };
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    if shard.count(all) == 0 {
        complain("this shard has no seed, so nothing would run");
        return Exit::Usage;
    }
    let mut output = Output::default();
    let ended = run_each(args, shard.seeds(all), scenarios, &mut output);
    ended.unwrap_or_else(|why| nothing_ran(&mut output, &format!("seeds {} to {}", all.start, all.end - 1), &why))
}

/// A run that fails does not keep the next ones from running. A signal does, and a machine that cannot run them.
fn run_each(
    args: &SeededArgs,
    seeds: impl Iterator<Item = u64>,
    scenarios: &[&'static Scenario],
    output: &mut Output,
) -> Result<Exit, String> {
    let ready = Ready::new(&args.run)?;
    let (quiet, mut all) = (args.run.quiet, None);
    for seed in seeds {
        let plan = plan(&args.run, scenarios, seed);
        let provenance = Provenance::of(&plan);
        if all.is_none() && !quiet {
            output.print(provenance.text(&plan));
        }
        if !output.is_complete() {
            return Ok(Exit::Unfit);
        }
        let (joined, _) = ready.run_after(all.take(), &plan, &provenance, true, output);
        let goes_on = !ready.is_to_end() && joined.verdict != Verdict::Unfit;
        all = Some(joined);
        if !goes_on {
            break;
        }
    }
    let all = all.ok_or("there is no seed")?;
    if !quiet && !all.scenarios.is_empty() {
        output.print(format_args!("{}\n", table::of_scenarios(&all.scenarios, table::width())));
    }
    Ok(ready.end(&all, quiet, output))
}
