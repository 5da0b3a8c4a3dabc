//! Where a run comes from: command, seed, commit, machine, time.

use super::locks::locks;
use memguard_reports::host::Host;
use memguard_reports::provenance;
use memguard_reports::stress::{SCHEMA, Scenario, StressRun, Verdict};
use memguard_stress::engine::Plan;
use std::path::Path;
use std::time::Instant;

/// The commit that the program was built from.
const COMMIT: &str = env!("MEMGUARD_COMMIT");

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
        let mut command: Vec<String> = std::env::args().collect();
        if let Some(program) = command.first_mut() {
            // Only the file name. A report does not reveal where a checkout lies.
            *program = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        let provenance::Provenance { commit, started_unix_s, host } = provenance::Provenance::of_commit(COMMIT.to_owned());
        let run = StressRun {
            schema: SCHEMA.to_owned(),
            command,
            seed: plan.seed,
            commit,
            host,
            started_unix_s,
            threads: plan.threads,
            duration_s: 0.0,
            partial: None,
            verdict: Verdict::Unfit,
            scenarios: Vec::new(),
            locks: Vec::new(),
        };
        Self { run, began: Instant::now() }
    }

    /// Prints every parameter of the run, the seed first.
    pub fn print(&self, plan: &Plan) {
        let scenarios: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.name).collect();
        println!("seed         {} (fixes what each thread does, not how the threads interleave)", plan.seed);
        println!("scenarios    {}", scenarios.join(", "));
        println!("duration     {} in all", humantime::format_duration(plan.duration));
        println!("threads      {}", plan.threads);
        println!("stall after  {}", humantime::format_duration(plan.stall_after));
        println!("commit       {}", self.run.commit);
        let Host { kernel, arch, cores, memlock_limit, .. } = &self.run.host;
        println!("machine      {cores} cores, {arch}, kernel {kernel}, locked memory {memlock_limit}");
    }

    /// The report of the run, which ends now.
    pub fn report(&self, verdict: Verdict, scenarios: Vec<Scenario>) -> StressRun {
        let (duration_s, locks) = (self.began.elapsed().as_secs_f64(), locks());
        StressRun { duration_s, verdict, scenarios, locks, ..self.run.clone() }
    }
}
