//! Where a run comes from: command, seed, commit, machine, time.

use super::locks::locks;
use crate::engine::Plan;
use memguard_reports::host::Host;
use memguard_reports::provenance;
use memguard_reports::stress::{Partial, SCHEMA, Scenario, StressRun, Verdict};
use std::path::Path;
use std::time::Instant;

/// The commit that the program was built from.
const COMMIT: &str = env!("MEMGUARD_COMMIT");

/// The name of this program. Only the file name: a report does not reveal where a checkout lies.
pub fn program_name() -> String {
    let path = std::env::args_os().next().unwrap_or_default();
    Path::new(&path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The provenance of a run that starts now.
#[derive(Clone)]
pub struct Provenance {
    /// The report of the run, as far as it is known.
    run: StressRun,
    began: Instant,
}

impl Provenance {
    /// The provenance of a run of this plan.
    pub fn of(plan: &Plan) -> Self {
        let command = std::iter::once(program_name()).chain(std::env::args().skip(1)).collect();
        let provenance::Provenance { commit, started_unix_s, host } =
            provenance::Provenance::of_commit(COMMIT.to_owned());
        let run = StressRun {
            schema: SCHEMA.to_owned(),
            command,
            seed: plan.seed,
            seeds: Vec::new(),
            commit,
            host,
            started_unix_s,
            threads: plan.threads,
            duration_s: 0.0,
            calibration: None,
            partial: None,
            verdict: Verdict::Unfit,
            failed_runs: Vec::new(),
            scenarios: Vec::new(),
            locks: Vec::new(),
        };
        Self { run, began: Instant::now() }
    }

    /// Every parameter of the run, the seed first.
    pub fn text(&self, plan: &Plan) -> String {
        let scenarios: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.name).collect();
        let Host { kernel, arch, cores, memlock_limit, .. } = &self.run.host;
        let lines = [
            format!("seed         {} (fixes what each thread does, not how the threads interleave)", plan.seed),
            format!("scenarios    {}", scenarios.join(", ")),
            format!("duration     {} in all", humantime::format_duration(plan.duration)),
            format!("threads      {}", plan.threads),
            format!("stall after  {}", humantime::format_duration(plan.stall_after)),
            format!("commit       {}", self.run.commit),
            format!("machine      {cores} cores, {arch}, kernel {kernel}, locked memory {memlock_limit}"),
        ];
        lines.join("\n") + "\n"
    }

    /// The report of the run, which ends now. The figures decide the verdict.
    pub fn report(&self, scenarios: Vec<Scenario>, partial: Option<Partial>) -> StressRun {
        let (duration_s, locks) = (self.began.elapsed().as_secs_f64(), locks());
        let run = StressRun { duration_s, scenarios, partial, locks, ..self.run.clone() };
        StressRun { verdict: run.computed_verdict(), ..run }
    }

    /// The report of the run, which ends now, after these whole scenarios.
    pub fn partial(&self, scenarios: Vec<Scenario>, ended_by: String, plan: &Plan) -> StressRun {
        let unfinished = plan.names_without(&scenarios);
        self.report(scenarios, Some(Partial { ended_by, unfinished }))
    }
}
