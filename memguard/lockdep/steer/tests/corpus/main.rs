//! Every program of the corpus: a deadlock that the checker reports of a bad one is proven, and its token replays the
//! hang 20 of 20 times. Nothing that it reports of a good one is.
//!
//! The programs run one after the other, because the checker is one of the process. To see one of them:
//! `cargo test -p memguard-lockdep-steer --test corpus -- abba::mutexes`.

mod tool;

use libtest_mimic::{Arguments, Failed, Trial};
use memguard_lockdep::Report;
use memguard_lockdep_corpus::{Expected, Program, Tool, programs};
use memguard_lockdep_steer::{Proof, Search, Token, replay, reports_of};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use tool::{KNOWN_WAY, Steered};

const REPLAYS: usize = 20;
/// So many reports of one program are tried. A bad program can have a hundred.
const REPORTS: usize = 4;
/// Fewer programs than this were lost on the way.
const AT_LEAST_BAD: usize = 115;
const AT_LEAST_GOOD: usize = 130;

/// Bad programs of which nothing is proven, and why. The test fails where something is by now.
const LIMITS: &[(&str, &str)] = &[
    ("threads::destructor_of_a_thread_local", "its threads share the data of one thread of the system"),
    ("threads::destructor_takes_what_the_joiner_holds", "its threads share the data of one thread of the system"),
    ("threads::destructor_outlives_the_scope", "its threads share the data of one thread of the system"),
    ("threads::destructor_outlives_a_lock_around_the_scope", "its threads share the data of one thread of the system"),
    ("channel::backend_takes_what_the_client_holds", "no report: to the checker, a channel of this test is two events"),
];

static PROVEN: AtomicUsize = AtomicUsize::new(0);
static QUIET: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let programs = programs::all::<Steered>().into_iter().filter(|program| program.runs_with(Steered::OFFERS));
    let mut trials: Vec<Trial> =
        programs.map(|program| Trial::test(program.to_string(), move || check(&program))).collect();
    let all = arguments.filter.is_none() && arguments.skip.is_empty();
    trials.push(Trial::test("the_programs_are_all_there", counts).with_ignored_flag(!all));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The last trial.
fn counts() -> Result<(), Failed> {
    let (bad, good) = (PROVEN.load(Ordering::Relaxed), QUIET.load(Ordering::Relaxed));
    if bad < AT_LEAST_BAD || good < AT_LEAST_GOOD {
        return Err(format!("{bad} bad programs are proven, and {good} good ones are not").into());
    }
    Ok(())
}

fn check(program: &Program) -> Result<(), Failed> {
    memguard_lockdep::forget();
    let run = program.run;
    KNOWN_WAY.store(true, Ordering::Relaxed);
    let reports = reports_of(run);
    KNOWN_WAY.store(false, Ordering::Relaxed);
    // Of a bad program the deadlocks are to be proven, of a good one nothing is to be.
    let judged = |report: &&Report| program.expected == Expected::Good || report.verdict.is_deadlock();
    let mut said = Vec::new();
    let mut proven = 0;
    for report in reports.iter().filter(judged).take(REPORTS) {
        let proof = search(program).prove(report, run);
        said.push(format!("{report}\n{proof}"));
        if let Proof::Proven { token, .. } = &proof {
            proven += 1;
            replays(token, run, if proven == 1 { REPLAYS } else { 1 })?;
        }
    }
    let limit = LIMITS.iter().find(|(limited, _)| *limited == program.to_string());
    match (program.expected, proven, limit) {
        (Expected::Bad, 1.., None) => PROVEN.fetch_add(1, Ordering::Relaxed),
        (Expected::Good, 0, None) => QUIET.fetch_add(1, Ordering::Relaxed),
        (Expected::Bad, 0, Some(_)) => 0,
        (expected, ..) => return Err(format!("{expected:?}, {proven} proven:\n{}", said.join("\n")).into()),
    };
    Ok(())
}

/// A good program is tried less often than a bad one may be.
fn search(program: &Program) -> Search {
    match program.expected {
        Expected::Bad => Search::new(),
        Expected::Good => Search::new().guided(20).random(20).pct(20),
    }
}

fn replays(token: &Token, run: fn(), times: usize) -> Result<(), Failed> {
    let token: Token = token.to_string().parse().map_err(|error| format!("{token}: {error}"))?;
    for _ in 0..times {
        replay(&token, run).map_err(|error| format!("{token}: {error}"))?;
    }
    Ok(())
}
