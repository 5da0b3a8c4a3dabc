//! Where a run comes from: command, seed, commit, machine, time.

use memguard_reports::commit;
use memguard_reports::host::Host;
use memguard_reports::stress::{SCHEMA, Scenario, StressRun, Verdict};
use memguard_stress::engine::Plan;
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The provenance of a run that starts now.
#[derive(Clone)]
pub struct Provenance {
    command: Vec<String>,
    seed: u64,
    threads: usize,
    commit: String,
    host: Host,
    started_unix_s: u64,
    began: Instant,
}

impl Provenance {
    /// Ask before anything is written, because reports make the tree at `root` dirty.
    pub fn of(plan: &Plan, root: &Path) -> Self {
        let mut command: Vec<String> = std::env::args().collect();
        if let (Some(program), Some(name)) = (command.first_mut(), std::env::args_os().next().as_deref().map(Path::new))
        {
            // Only the file name. A report does not reveal where a checkout lies.
            *program = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        Self {
            command,
            seed: plan.seed,
            threads: plan.threads,
            commit: commit::describe(root),
            host: Host::detect(),
            started_unix_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            began: Instant::now(),
        }
    }

    /// Prints every parameter of the run, the seed first.
    pub fn print(&self, plan: &Plan) {
        let scenarios: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.name).collect();
        println!("seed         {} (fixes what each thread does, not how the threads interleave)", plan.seed);
        println!("scenarios    {}", scenarios.join(", "));
        println!("duration     {} in all", humantime::format_duration(plan.duration));
        println!("threads      {}", plan.threads);
        println!("stall after  {}", humantime::format_duration(plan.stall_after));
        println!("commit       {}", self.commit);
        let Host { kernel, arch, cores, memlock_limit, .. } = &self.host;
        println!("machine      {cores} cores, {arch}, kernel {kernel}, locked memory {memlock_limit}");
    }

    /// The report of the run, which ends now.
    pub fn report(&self, verdict: Verdict, scenarios: Vec<Scenario>) -> StressRun {
        StressRun {
            schema: SCHEMA.to_owned(),
            command: self.command.clone(),
            seed: self.seed,
            commit: self.commit.clone(),
            host: self.host.clone(),
            started_unix_s: self.started_unix_s,
            threads: self.threads,
            duration_s: self.began.elapsed().as_secs_f64(),
            verdict,
            scenarios,
        }
    }
}
