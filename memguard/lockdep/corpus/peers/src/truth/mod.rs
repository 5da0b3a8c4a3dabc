//! Tries many schedules of each program with `shuttle`, as a judge that knows nothing of this checker.

mod model;
mod rwlock;

use memguard_lockdep_corpus::harness::{self, Outcome};
use memguard_lockdep_corpus::{Expected, Program, Tool, programs};
use model::Shuttle;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, Runner};
use std::process::ExitCode;
use std::time::Duration;

/// How many schedules of one program a scheduler tries at most, and how long.
const SCHEDULES: usize = 200_000;
const TIME_FOR_GOOD: Duration = Duration::from_secs(1);
const TIME_FOR_BAD: Duration = Duration::from_secs(20);
const SWITCHES: usize = 3;
const SEED: u64 = 1;
const LIMIT: Duration = Duration::from_secs(60);

/// Programs that the models of `shuttle` cannot run, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("threads::destructor_of_a_thread_local", "its threads share the data of one thread"),
    ("threads::destructor_of_a_thread_local_in_order", "its threads share the data of one thread"),
    ("threads::destructor_takes_what_the_joiner_holds", "its threads share the data of one thread"),
    ("threads::destructor_takes_another_lock", "its threads share the data of one thread"),
    ("threads::destructor_ends_before_the_join", "its threads share the data of one thread"),
    ("threads::destructor_under_a_lock_of_the_joiner", "its threads share the data of one thread"),
    ("threads::scope_does_not_wait_for_a_destructor", "its threads share the data of one thread"),
    ("threads::destructor_outlives_the_scope", "its threads share the data of one thread"),
    ("threads::destructor_outlives_a_lock_around_the_scope", "its threads share the data of one thread"),
];

/// What the schedules say of one program.
pub struct Trial {
    pub program: Program,
    /// None where it cannot be run.
    pub hangs: Option<bool>,
    /// What went wrong, if it neither hung nor ended.
    pub trouble: String,
}

impl Trial {
    /// Whether the label of the program is borne out.
    pub fn agrees(&self) -> bool {
        self.hangs == Some(self.program.expected == Expected::Bad)
    }
}

/// Tries all programs.
pub fn try_all() -> Vec<Trial> {
    programs::all::<Shuttle>().into_iter().map(trial).collect()
}

fn trial(program: Program) -> Trial {
    let name = program.to_string();
    if let Some((_, why)) = LEFT_OUT.iter().find(|(left_out, _)| *left_out == name) {
        return Trial { program, hangs: None, trouble: (*why).to_owned() };
    }
    let (hangs, trouble) = match super::run(&["truth", &name], LIMIT) {
        Outcome::Found => (Some(true), String::new()),
        Outcome::Silent => (Some(false), String::new()),
        outcome => (None, format!("{outcome:?}")),
    };
    Trial { program, hangs, trouble }
}

/// Tries all programs and says where a label is not borne out.
pub fn check_all() -> ExitCode {
    let trials = try_all();
    let wrong: Vec<&Trial> = trials.iter().filter(|trial| !trial.agrees()).collect();
    for trial in &wrong {
        println!("{}: {:?}, hangs: {:?} {}", trial.program, trial.program.expected, trial.hangs, trial.trouble);
    }
    println!("{} of {} labels are borne out", trials.len() - wrong.len(), trials.len());
    ExitCode::SUCCESS
}

/// Tries one program in this process.
pub fn run_here(name: &str) -> ExitCode {
    let Some(program) = programs::all::<Shuttle>().into_iter().find(|program| program.to_string() == name) else {
        eprintln!("no such program");
        return ExitCode::from(2);
    };
    let run = program.run;
    let time = if program.expected == Expected::Bad { TIME_FOR_BAD } else { TIME_FOR_GOOD };
    let in_schedules = Program { run: || (), ..program };
    Shuttle::watch();
    let mut config = Config::new();
    config.max_time = Some(time);
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new_from_seed(SEED, SCHEDULES), config.clone()).run(run);
    if program.expected == Expected::Bad {
        // This one lets a thread run far before it switches to another. It refuses programs of one thread.
        Runner::new(PctScheduler::new_from_seed(SEED, SWITCHES, SCHEDULES), config).run(run);
    }
    // Nothing hung: the rest of the run is empty.
    harness::run_here::<Shuttle>(&in_schedules)
}
