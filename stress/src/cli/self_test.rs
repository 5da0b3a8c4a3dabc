//! `memguard-stress self-test`: plants bugs and shows that each one is caught.
//!
//! What would spoil the rest of a process (a broken lock order stays on record, a stalled thread stays) is planted in a child.

use super::Exit;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use memguard::{Fault, Session, Sim};
use memguard_stress::ops::Content;
use std::process::{Command, Stdio};

/// One planted bug and the detector that must catch it.
struct Trial {
    bug: &'static str,
    detector: &'static str,
    /// What the detector said, or why it cannot be said to have caught the bug.
    outcome: Result<String, String>,
}

/// Plants each bug. Passes only if all are caught.
pub fn self_test() -> Exit {
    let trials = [
        Trial {
            bug: "order inversion: BUFFERS held, COFFER waited for, by one thread, without a hang",
            detector: "lockdep (ORDER)",
            outcome: child("busted-order", Exit::Broken, &["ORDER broken", "CofferPurge", "RegistryPurge"]),
        },
        Trial {
            bug: "lost wake-up: notified between the look and the sleep",
            detector: "watchdog (PROGRESS)",
            outcome: child("busted-wakeup", Exit::Stall, &["waits for BUFFER", "LeaseWait"])
                .and_then(|said| names_the_thread(&said).then_some(said).ok_or("the thread is not named".into())),
        },
        Trial {
            bug: "skipped wipe (simulated pages)",
            detector: "audit of the free pages (WIPED)",
            outcome: trial(audited),
        },
        Trial {
            bug: "skipped wipe, page reused (simulated pages)",
            detector: "the pool, as the page leaves it (WIPED)",
            outcome: trial(reused),
        },
        Trial {
            bug: "skipped wipe, page given back (simulated pages)",
            detector: "unwiped bytes of the pages themselves (WIPED)",
            outcome: trial(given_back),
        },
        Trial {
            bug: "skipped wipe (real pages)",
            detector: "look at what is left (WIPED)",
            outcome: child("busted-wipe", Exit::Broken, &["1 pages not zeroed"]),
        },
        Trial {
            bug: "a scenario that provokes nothing",
            detector: "expected outcomes",
            outcome: child("busted-vacuous", Exit::Broken, &["exists to provoke rekeys_skipped"]),
        },
    ];
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(140);
    }
    table.set_header(["planted bug", "detector", "caught", "what it said"]);
    for Trial { bug, detector, outcome } in &trials {
        let (caught, said) = match outcome {
            Ok(said) => ("yes", said),
            Err(why) => ("NO", why),
        };
        table.add_row([bug, detector, caught, said]);
    }
    println!("{table}");
    let caught = trials.iter().filter(|trial| trial.outcome.is_ok()).count();
    println!("self-test: {caught} of {} planted bugs caught", trials.len());
    if caught == trials.len() { Exit::Pass } else { Exit::Broken }
}

/// Runs a busted scenario in a child, which must end with this code and say all of these words.
fn child(scenario: &str, exit: Exit, words: &[&str]) -> Result<String, String> {
    let reports = tempfile::tempdir().map_err(|error| format!("no directory for the child's reports: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("the program does not find itself: {error}"))?;
    let output = Command::new(program)
        .args(["run", "--scenario", scenario, "--duration", "100ms", "--threads", "2", "--stall-after", "2s"])
        .arg("--reports-dir")
        .arg(reports.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("the child did not start: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(i32::from(exit as u8)) {
        return Err(format!("the child ended with {} instead of code {}: {said}", output.status, exit as u8));
    }
    match words.iter().find(|&&word| !said.contains(word)) {
        Some(word) => Err(format!("the child ended with {}, and did not say {word:?}: {said}", output.status)),
        None => Ok(format!("exit code {}\n{}", exit as u8, said.trim())),
    }
}

/// The watchdog names a thread as the kernel does: its name and number.
fn names_the_thread(said: &str) -> bool {
    said.lines().any(|line| line.trim().starts_with("thread busted-wakeup-0 ("))
}

fn trial(detector: fn(&Sim) -> memguard::Result<Result<String, String>>) -> Result<String, String> {
    detector(&Sim::new(4096)).unwrap_or_else(|error| Err(format!("the bug could not be planted: {error}")))
}

/// Destroys a buffer whose wipe is skipped.
fn skip_a_wipe(sim: &Sim, session: &Session) -> memguard::Result<()> {
    let buffer = session.buffer_from_bytes(&mut Content::new(1, 1).bytes(100))?;
    sim.fail(Fault::SkipWipe { n: 1 });
    buffer.destroy().map(drop)
}

fn audited(sim: &Sim) -> memguard::Result<Result<String, String>> {
    let session = Session::builder().simulated(sim).rekey_interval(None).build()?;
    skip_a_wipe(sim, &session)?;
    let audit = session.audit();
    let said = format!("{} of {} free slots dirty", audit.dirty_slots, audit.free_slots);
    Ok(if audit.dirty_slots == 1 { Ok(said) } else { Err(said) })
}

fn reused(sim: &Sim) -> memguard::Result<Result<String, String>> {
    let session = Session::builder().simulated(sim).rekey_interval(None).build()?;
    skip_a_wipe(sim, &session)?;
    let _next = session.buffer(100)?;
    let counted = session.health().degraded.dirty_slots;
    let said = format!("degraded.dirty_slots {counted}");
    Ok(if counted == 1 { Ok(said) } else { Err(said) })
}

fn given_back(sim: &Sim) -> memguard::Result<Result<String, String>> {
    let session = Session::builder().simulated(sim).rekey_interval(None).pool_pages(0).build()?;
    let before = sim.report().unwiped_bytes;
    skip_a_wipe(sim, &session)?;
    let unwiped = sim.report().unwiped_bytes - before;
    let said = format!("{unwiped} bytes were not zero when their page was given back");
    Ok(if unwiped > 0 { Ok(said) } else { Err(said) })
}
