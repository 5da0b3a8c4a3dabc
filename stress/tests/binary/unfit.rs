//! A machine without lockable memory breaks no guarantee: exit code 4, and the message says what to raise.

use crate::command::{assert_code, stdout};
use caps::{CapSet, Capability};
use memguard_reports::load;
use memguard_reports::stress::{StressRun, Verdict};
use std::process::{Command, Output, Stdio};

#[test]
fn without_lockable_memory_the_run_says_what_to_raise() {
    let reports = tempfile::tempdir().expect("a temporary directory");
    // Capabilities belong to threads, and child processes inherit them. Only this short-lived thread gives one up.
    let place = reports.path().to_owned();
    let child = std::thread::spawn(move || -> Output {
        // After this not even root may ignore the limit. The call fails only for a user who has no such right anyway.
        let _ = caps::drop(None, CapSet::Bounding, Capability::CAP_IPC_LOCK);
        Command::new("sh")
            .args(["-c", "ulimit -l 0 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_memguard-stress"), "--reports-dir"])
            .arg(place)
            .stdin(Stdio::null())
            .output()
            .expect("a shell")
    });
    let output = child.join().expect("the child ran");
    assert_code(&output, 4);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("RLIMIT_MEMLOCK") && said.contains("ulimit -l"), "{said}");
    assert!(stdout(&output).contains("verdict: unfit"));
    let loaded = load::<StressRun>(&reports.path().join("records/stress.json")).expect("a report");
    assert_eq!((loaded.verdict, loaded.scenarios.len()), (Verdict::Unfit, 0));
}
