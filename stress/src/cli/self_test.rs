//! `memguard-stress self-test`: plants bugs and checks that each one is caught.
//!
//! Some bugs are planted in a child process, because their effect stays in the process: lockdep keeps a broken lock
//! order on record, and a stalled thread never ends.

use super::exit::Exit;
use super::output;
use super::table;
use crate::ops::Content;
use crate::scenario::BUSTED;
use comfy_table::ContentArrangement;
use memguard::{Fault, Session, SessionBuilder, Sim};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A scenario with a planted bug, and how a run of it must end.
struct Planted {
    scenario: &'static str,
    detector: &'static str,
    end: End,
    /// The error output must contain all of these.
    words: &'static [&'static str],
}

/// How a child ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Code(Exit),
    /// By one of these signals.
    Signal(&'static [i32]),
}

const fn planted(scenario: &'static str, detector: &'static str, end: End, words: &'static [&'static str]) -> Planted {
    Planted { scenario, detector, end, words }
}

const ORDER: &str = "lockdep (ORDER)";
const WATCHDOG: &str = "watchdog (PROGRESS)";
const CONTRACT: &str = "contract (PROGRESS)";
const REST: &str = "check of what is left (WIPED)";
const COUNTS: &str = "callers' counts against the session's (VISIBLE)";
/// The child runs rounds.
const ROUNDS: &str = "memory after each round of a soak";
const CRASH: &str = "crash report";
const BROKEN: End = End::Code(Exit::Broken);
/// The standard library aborts in its own handler, which has little stack left: the abort itself may overflow.
const OVERFLOW: End = End::Signal(&[libc::SIGABRT, libc::SIGSEGV]);
const STALL: End = End::Code(Exit::Stall);

const PLANTED: &[Planted] = &[
    planted("busted-order", ORDER, BROKEN, &["ORDER broken", "memguard::COFFER", "memguard::BUFFERS"]),
    planted("busted-site", ORDER, BROKEN, &["ORDER", "CofferPurge", "POOL"]),
    planted("busted-own-order", ORDER, BROKEN, &["ORDER", "memguard::ACCESS", "orders.rs"]),
    planted("busted-recursion", WATCHDOG, STALL, &["blocked in locking twice", "orders.rs"]),
    planted("busted-wakeup", WATCHDOG, STALL, &["waits  memguard::BUFFER", "thread busted-wakeup-0 ("]),
    planted("busted-rare-wakeup", WATCHDOG, STALL, &["blocked in counting in turn"]),
    planted("busted-given-up", WATCHDOG, STALL, &["blocked in waiting for the lock"]),
    planted("busted-timeout", WATCHDOG, STALL, &["waits  memguard::ACCESS", "held by thread busted-timeout-0"]),
    planted("busted-coffer-held", CONTRACT, BROKEN, &["the median hold of memguard::COFFER taken at"]),
    planted("busted-buffers-held", CONTRACT, BROKEN, &["the median hold of memguard::BUFFERS taken at"]),
    planted("busted-buffer-held", CONTRACT, BROKEN, &["the median hold of memguard::BUFFER taken at"]),
    planted("busted-pool-held", CONTRACT, BROKEN, &["the median hold of memguard::POOL taken at"]),
    planted("busted-sometimes-slow", CONTRACT, BROKEN, &["the p99.9 of an operation is"]),
    planted("busted-once-slow", CONTRACT, BROKEN, &["the longest operation is"]),
    planted("busted-starved", CONTRACT, BROKEN, &["one worker completed 1 operations"]),
    planted("busted-writer-late", CONTRACT, BROKEN, &["the longest \"writing\" is"]),
    planted("busted-long-wait", CONTRACT, BROKEN, &["the longest wait for memguard::COFFER is"]),
    planted("busted-slow-to-rest", CONTRACT, BROKEN, &["the session was whole"]),
    planted("busted-wipe", REST, BROKEN, &["1 pages not zeroed"]),
    planted("busted-buffer-left", REST, BROKEN, &["buffers still registered: 1"]),
    planted("busted-memory-left", REST, BROKEN, &["left locked memory behind"]),
    planted("busted-growth", ROUNDS, BROKEN, &["memory grows"]),
    planted("busted-byte", "stamps in the bytes (EXACT)", BROKEN, &["EXACT: a shared buffer"]),
    planted("busted-untold", COUNTS, BROKEN, &["accesses_refused: callers were told of 0"]),
    planted("busted-uncounted", COUNTS, BROKEN, &["acquire_timeouts: callers were told of", "the session counted 0"]),
    planted("busted-panic", "workers that die (PROGRESS)", BROKEN, &["died of a panic that was not planted"]),
    planted("busted-idle", "work that was not done", BROKEN, &["no operation"]),
    planted("busted-vacuous", "expected outcomes", BROKEN, &["exists to provoke rekeys_skipped"]),
    planted("busted-refusal", REST, BROKEN, &["1 mappings were given back with bytes in them"]),
    planted("busted-fork", WATCHDOG, STALL, &["blocked in waiting for a child", "do_wait"]),
    planted("busted-fault", CRASH, End::Signal(&[libc::SIGSEGV]), &["reading behind a buffer", "guard"]),
    planted("busted-overflow", CRASH, OVERFLOW, &["CRASH: SIGSEGV", "calling itself"]),
    planted("busted-abort", CRASH, End::Signal(&[libc::SIGABRT]), &["aborting"]),
];

/// A bug, the detector that must catch it, and what the detector said, or why it did not catch the bug.
type Row = (&'static str, &'static str, Result<String, String>);

/// How many children run at a time. Most of them wait.
const AT_A_TIME: usize = 4;

/// Plants each bug. Passes only if all are caught.
pub fn self_test() -> Exit {
    let mut rows = in_children();
    rows.extend(on_simulated_pages());
    let mut table = table::with_head(["planted bug", "detector", "caught", "what it said"]);
    let width = table::width().and_then(|width| u16::try_from(width).ok()).unwrap_or(140);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for (bug, detector, outcome) in &rows {
        let (caught, said) = match outcome {
            Ok(said) => ("yes", said.as_str()),
            Err(why) => ("NO", why.as_str()),
        };
        table.add_row([*bug, detector, caught, said]);
    }
    let caught = rows.iter().filter(|(.., outcome)| outcome.is_ok()).count();
    let verdict = format!("self-test: {caught} of {} planted bugs caught", rows.len());
    output::print(format_args!("{table}\n{verdict}\n"), if caught == rows.len() { Exit::Pass } else { Exit::Broken })
}

/// Runs every scenario with a planted bug, each in a process of its own.
fn in_children() -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let take = || BUSTED.get(next.fetch_add(1, Ordering::Relaxed)).copied();
    let run = || {
        std::iter::from_fn(take).map(|scenario| {
            let bug = scenario.purpose.trim_start_matches("planted: ");
            match PLANTED.iter().find(|planted| planted.scenario == scenario.name) {
                Some(planted) => (bug, planted.detector, child(planted)),
                None => (bug, "none", Err("no detector is named for this scenario".to_owned())),
            }
        })
    };
    std::thread::scope(|scope| {
        let runners: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(|| run().collect::<Vec<_>>())).collect();
        let mut rows: Vec<Row> = runners.into_iter().flat_map(|runner| runner.join().expect("no panic")).collect();
        rows.sort_by_key(|(bug, ..)| BUSTED.iter().position(|scenario| scenario.purpose.ends_with(*bug)));
        rows
    })
}

/// The child must end so, and say all of the words.
fn child(planted: &Planted) -> Result<String, String> {
    let reports = tempfile::tempdir().map_err(|error| format!("no directory for the child's reports: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is not known: {error}"))?;
    let task = if planted.detector == ROUNDS { "soak" } else { "run" };
    let stall_after = if planted.end == STALL { "2s" } else { "20s" };
    // Workers are compared only if the machine gave each of them its time.
    let duration = if planted.detector == CONTRACT { "3s" } else { "1s" };
    let output = Command::new(program)
        .args([task, "--scenario", planted.scenario, "--duration", duration, "--threads", "2"])
        .args(["--stall-after", stall_after, "--reports-dir"])
        .arg(reports.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("the child did not start: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let ended_so = match planted.end {
        End::Code(exit) => output.status.code() == Some(i32::from(exit as u8)),
        End::Signal(signals) => output.status.signal().is_some_and(|signal| signals.contains(&signal)),
    };
    if !ended_so {
        return Err(format!("the child ended with {} instead of {:?}: {said}", output.status, planted.end));
    }
    match planted.words.iter().find(|&&word| !said.contains(word)) {
        Some(word) => Err(format!("the child ended with {}, and did not say {word:?}: {said}", output.status)),
        None => {
            let is_meant = |line: &&str| planted.words.iter().any(|word| line.contains(word));
            let lines: Vec<&str> = said.lines().filter(is_meant).take(planted.words.len()).map(str::trim).collect();
            Ok(format!("{}\n{}", output.status, lines.join("\n")))
        }
    }
}

/// Skips a wipe, and asks each detector.
fn on_simulated_pages() -> [Row; 3] {
    [
        (
            "skips a wipe (simulated pages)",
            "audit of the free slots (WIPED)",
            skipped_wipe(
                |builder| builder,
                |_, session| {
                    let audit = session.audit();
                    let said = format!("{} of {} free slots dirty", audit.dirty_slots, audit.free_slots);
                    Ok((audit.dirty_slots == 1, said))
                },
            ),
        ),
        (
            "skips a wipe, and uses the page again (simulated pages)",
            "the pool, when the page leaves it (WIPED)",
            skipped_wipe(
                |builder| builder,
                |_, session| {
                    session.buffer(100)?;
                    let counted = session.health().degraded.dirty_slots;
                    Ok((counted == 1, format!("degraded.dirty_slots {counted}")))
                },
            ),
        ),
        (
            "skips a wipe, and unmaps the page (simulated pages)",
            "the simulated pages, when they are unmapped (WIPED)",
            skipped_wipe(
                |builder| builder.pool_pages(0),
                |sim, _| {
                    let unwiped = sim.report().unwiped_bytes;
                    Ok((unwiped > 0, format!("{unwiped} bytes were not zero when their page was unmapped")))
                },
            ),
        ),
    ]
}

/// Destroys a buffer whose wipe is skipped. `look` says whether that is noticed, and what the detector said.
fn skipped_wipe(
    configure: fn(SessionBuilder) -> SessionBuilder,
    look: fn(&Sim, &Session) -> memguard::Result<(bool, String)>,
) -> Result<String, String> {
    let sim = Sim::new(4096);
    let session = configure(Session::builder().simulated(&sim).rekey_interval(None)).build();
    let looked = session.and_then(|session| {
        let buffer = session.buffer_from_bytes(&mut Content::new(1, 1).bytes(100))?;
        sim.fail(Fault::SkipWipe { n: 1 });
        let _wiped = buffer.destroy()?;
        look(&sim, &session)
    });
    match looked {
        Ok((true, said)) => Ok(said),
        Ok((false, said)) => Err(said),
        Err(error) => Err(format!("the bug could not be planted: {error}")),
    }
}
