//! `memguard-stress self-test`: plants bugs and checks that each one is caught.
//!
//! Some bugs are planted in a child process, because their effect stays in the process: lockdep keeps a broken lock
//! order on record, and a stalled thread never ends.

use super::exit::Exit;
use super::output;
use super::table;
use crate::ops::Content;
use comfy_table::ContentArrangement;
use memguard::{Fault, Session, SessionBuilder, Sim};
use std::process::{Command, Stdio};

/// One planted bug and the detector that must catch it.
struct PlantedBug {
    bug: &'static str,
    detector: &'static str,
    /// What the detector said, or why it did not catch the bug.
    outcome: Result<String, String>,
}

/// Plants each bug. Passes only if all are caught.
pub fn self_test() -> Exit {
    let bugs = [
        PlantedBug {
            bug: "order inversion: one thread holds BUFFERS and waits for COFFER, without a hang",
            detector: "lockdep (ORDER)",
            outcome: child("busted-order", Exit::Broken, &["ORDER broken", "memguard::COFFER", "memguard::BUFFERS"]),
        },
        PlantedBug {
            bug: "lost wake-up: the notification comes after the check and before the sleep",
            detector: "watchdog (PROGRESS)",
            outcome: child("busted-wakeup", Exit::Stall, &["waits  memguard::BUFFER"])
                .and_then(|said| names_the_thread(&said).then_some(said).ok_or("the thread is not named".into())),
        },
        PlantedBug {
            bug: "skipped wipe (simulated pages)",
            detector: "audit of the free slots (WIPED)",
            outcome: skipped_wipe(
                |builder| builder,
                |_, session| {
                    let audit = session.audit();
                    let said = format!("{} of {} free slots dirty", audit.dirty_slots, audit.free_slots);
                    Ok((audit.dirty_slots == 1, said))
                },
            ),
        },
        PlantedBug {
            bug: "skipped wipe, page reused (simulated pages)",
            detector: "the pool, when the page leaves it (WIPED)",
            outcome: skipped_wipe(
                |builder| builder,
                |_, session| {
                    session.buffer(100)?;
                    let counted = session.health().degraded.dirty_slots;
                    Ok((counted == 1, format!("degraded.dirty_slots {counted}")))
                },
            ),
        },
        PlantedBug {
            bug: "skipped wipe, page unmapped (simulated pages)",
            detector: "the simulated pages, when they are unmapped (WIPED)",
            outcome: skipped_wipe(
                |builder| builder.pool_pages(0),
                |sim, _| {
                    let unwiped = sim.report().unwiped_bytes;
                    Ok((unwiped > 0, format!("{unwiped} bytes were not zero when their page was unmapped")))
                },
            ),
        },
        PlantedBug {
            bug: "skipped wipe (real pages)",
            detector: "check of what is left (WIPED)",
            outcome: child("busted-wipe", Exit::Broken, &["1 pages not zeroed"]),
        },
        PlantedBug {
            bug: "a scenario that provokes nothing",
            detector: "expected outcomes",
            outcome: child("busted-vacuous", Exit::Broken, &["exists to provoke rekeys_skipped"]),
        },
    ];
    let mut table = table::with_head(["planted bug", "detector", "caught", "what it said"]);
    let width = table::width().and_then(|width| u16::try_from(width).ok()).unwrap_or(140);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for PlantedBug { bug, detector, outcome } in &bugs {
        let (caught, said) = match outcome {
            Ok(said) => ("yes", said),
            Err(why) => ("NO", why),
        };
        table.add_row([bug, detector, caught, said]);
    }
    let caught = bugs.iter().filter(|bug| bug.outcome.is_ok()).count();
    let verdict = format!("self-test: {caught} of {} planted bugs caught", bugs.len());
    output::print(format_args!("{table}\n{verdict}\n"), if caught == bugs.len() { Exit::Pass } else { Exit::Broken })
}

/// Runs a busted scenario in a child process. The child must end with this code and say all of these words.
fn child(scenario: &str, exit: Exit, words: &[&str]) -> Result<String, String> {
    let reports = tempfile::tempdir().map_err(|error| format!("no directory for the child's reports: {error}"))?;
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is not known: {error}"))?;
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

/// Whether the stalled thread is named as the kernel names it: name and number.
fn names_the_thread(said: &str) -> bool {
    said.lines().any(|line| line.trim().starts_with("thread busted-wakeup-0 ("))
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
