//! A machine that gives no locked memory is no broken promise: exit code 4, and what to raise.

mod common;

use caps::{CapSet, Capability};
use common::{assert_code, stdout};
use memguard_reports::load;
use memguard_reports::stress::{StressRun, Verdict};
use std::process::{Command, Output, Stdio};

#[test]
fn without_lockable_memory_the_run_says_what_to_raise() {
    let reports = tempfile::tempdir().expect("a temporary directory");
    // Capabilities belong to threads and are inherited by children: this thread ends with what it gave up.
    let place = reports.path().to_owned();
    let child = std::thread::spawn(move || -> Output {
        // Not even root may ignore the limit then. Who may not give it up does not have it.
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
