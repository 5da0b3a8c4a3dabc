//! Runs every program of the corpus with this checker, each in a process of its own.
//!
//! A bad program must be reported as a deadlock, a good one must not. To see what the checker says of one program:
//! `LOCKDEP_CORPUS='std::abba::mutexes' cargo test -p memguard-lockdep --features check,parking_lot --test corpus`.

use libtest_mimic::{Arguments, Failed, Trial};
use memguard_lockdep_corpus::harness::{self, Outcome};
use memguard_lockdep_corpus::ours::{Crossbeam, ParkingLot, StdSync, Watched};
use memguard_lockdep_corpus::plain::{Plain, PlainThreads};
use memguard_lockdep_corpus::{Expected, Need, Program, Tool, programs};
use std::collections::HashSet;
use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// Names the program that this process is to run.
const PROGRAM: &str = "LOCKDEP_CORPUS";
/// Far more than any program needs.
const LIMIT: Duration = Duration::from_secs(60);
/// Fewer programs than this were lost on the way.
const AT_LEAST: usize = 200;

/// Programs on which the checker is wrong, and why. The test fails where it is right by now.
const LIMITS: &[(&str, &str)] = &[
    // It does the same, step by step, as `class_level::other_instances_in_this_run`, which is bad.
    ("class_level::pairs_that_never_mix", "a class stands for all its locks, also where two of them never meet"),
    // The same as `channel::server_takes_what_the_client_holds`, which is bad.
    ("channel::server_took_it_for_an_earlier_question", "what a thread needed for an answer counts for each answer"),
    // The same as `once::inverted_after_a_look`, which is bad.
    ("once::inverted_only_if_it_was_there", "a look does not wait, so it orders nothing"),
    // The same as `condvar::both_notifiers_must_come`, which is bad.
    ("condvar::second_notifier_needs_no_lock", "each notifier counts, although another one is enough"),
];

fn main() -> ExitCode {
    if let Ok(name) = env::var(PROGRAM) {
        run_here::<ParkingLot>("parking_lot", &name);
        run_here::<StdSync>("std", &name);
        run_here::<ParkingLot<PlainThreads>>("std_threads", &name);
        run_here::<ParkingLot<Watched, Crossbeam>>("crossbeam", &name);
        run_here::<Plain>("plain", &name);
        eprintln!("no program is called {name}");
        return ExitCode::from(2);
    }
    let mut trials = vec![Trial::test("programs_have_names_of_their_own", names)];
    trials.extend(trials_of::<ParkingLot>("parking_lot", |_| true));
    trials.extend(trials_of::<StdSync>("std", |_| true));
    // A program that has taken over the locks, and not the threads.
    let without_threads = |program: &Program| !program.needs.contains(&Need::Threads);
    trials.extend(trials_of::<ParkingLot<PlainThreads>>("std_threads", without_threads));
    let with_channels = |program: &Program| program.needs.contains(&Need::Channel);
    trials.extend(trials_of::<ParkingLot<Watched, Crossbeam>>("crossbeam", with_channels));
    trials.extend(runs_without_a_checker());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run_here<T: Tool>(flavour: &str, name: &str) {
    if let Some(program) = programs::all::<T>().iter().find(|program| full_name(flavour, program) == name) {
        harness::run_here::<T>(program);
    }
}

fn full_name(flavour: &str, program: &Program) -> String {
    format!("{flavour}::{program}")
}

/// Runs a program in another process.
fn run(name: &str) -> Outcome {
    let this = env::current_exe().expect("the path of this binary");
    harness::judge(Command::new(this).env(PROGRAM, name).stdout(Stdio::null()).stderr(Stdio::null()), LIMIT)
}

fn trials_of<T: Tool>(flavour: &'static str, wanted: fn(&Program) -> bool) -> impl Iterator<Item = Trial> {
    let runs = move |program: &Program| wanted(program) && program.runs_with(T::OFFERS);
    programs::all::<T>().into_iter().filter(runs).map(move |program| {
        let name = full_name(flavour, &program);
        Trial::test(name.clone(), move || check(&program, &name))
    })
}

fn check(program: &Program, name: &str) -> Result<(), Failed> {
    let right = match program.expected {
        Expected::Bad => Outcome::Found,
        Expected::Good => Outcome::Silent,
    };
    let outcome = run(name);
    let limit = LIMITS.iter().find(|(limited, _)| *limited == program.to_string());
    match (outcome == right, limit) {
        (true, None) | (false, Some(_)) => Ok(()),
        (true, Some((_, why))) => Err(format!("no limit any more: {why}").into()),
        (false, None) => Err(format!("expected {right:?}, was {outcome:?}").into()),
    }
}

/// Without a checker nothing is found, and each good program runs to its end: a label that is wrong shows here.
fn runs_without_a_checker() -> impl Iterator<Item = Trial> {
    let good = |program: &Program| program.expected == Expected::Good && program.runs_with(Plain::OFFERS);
    programs::all::<Plain>().into_iter().filter(good).map(|program| {
        let name = full_name("plain", &program);
        Trial::test(name.clone(), move || match run(&name) {
            Outcome::Silent => Ok(()),
            outcome => Err(format!("a good program without a checker: {outcome:?}").into()),
        })
    })
}

fn names() -> Result<(), Failed> {
    let all = programs::all::<ParkingLot>();
    let names: HashSet<String> = all.iter().map(Program::to_string).collect();
    if names.len() < all.len() || all.len() < AT_LEAST {
        return Err(format!("{} programs, {} names", all.len(), names.len()).into());
    }
    for (limited, _) in LIMITS {
        if !names.contains(*limited) {
            return Err(format!("no program is called {limited}").into());
        }
    }
    Ok(())
}
