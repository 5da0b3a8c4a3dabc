//! Simulated time: waits time out, in every run alike, and no timeout hides a deadlock.

use memguard::{Error, Session};
use memguard_stress::ops::{Op, Options, Step, Told};
use memguard_stress::sim::Case;
use memguard_stress::thread;
use std::panic::catch_unwind;
use std::sync::Arc;

/// A schedule without decisions: each thread runs until it has to wait.
const SCHEDULE: &[u8] = &[];
const CLOCK: u64 = 7;

/// The main thread reads a buffer and waits for a thread that wants to write it.
fn write_under_a_reader(acquire_timeout_us: u32) -> Result<(), Error> {
    thread::run_in_time(SCHEDULE, CLOCK, move || {
        let options = Options { acquire_timeout_us, ..Options::default() };
        let session: Session = options.build(&options.sim()).expect("a session");
        let buffer = Arc::new(session.buffer(8).expect("a buffer"));
        let _reader = buffer.read().expect("an access");
        let same = Arc::clone(&buffer);
        let writer = thread::spawn(move || same.write().map(drop));
        writer.join().expect("the writer does not panic")
    })
}

#[test]
fn when_every_thread_waits_the_first_timeout_expires() {
    let written = write_under_a_reader(100_000);
    assert!(matches!(written, Err(Error::Timeout { .. })), "{written:?}");
}

#[test]
fn a_long_timeout_does_not_hide_a_deadlock() {
    let hung = catch_unwind(|| write_under_a_reader(60_000_000)).expect_err("every thread waits");
    let text = hung.downcast_ref::<String>().expect("a message");
    assert!(text.starts_with("PROGRESS: deadlock: every thread waits"), "{text}");
}

/// Other clocks, other waits that time out. The programs have no `Op::ExpireWaits`.
#[test]
fn waits_of_drawn_programs_time_out_as_the_clock_says() {
    const SEEDS: u64 = 4000;
    let has_clock_only = |case: &Case| {
        case.program.steps.iter().all(|step| !matches!(step, Step::Spawn(ops) if ops.contains(&Op::ExpireWaits)))
    };
    let told = |case: &Case| case.run().seen.contains(&Told::TimedOut);
    let cases = (0..SEEDS).map(Case::drawn).filter(has_clock_only);
    let timed_out: Vec<Case> = cases.filter(|case| told(case)).collect();
    assert!(timed_out.len() > 10, "only {} cases timed out", timed_out.len());
    assert!(timed_out.iter().all(|case| case.program.options.is_impatient()));
    let other = |case: &Case| Case { clock: case.clock + 1, ..case.clone() };
    let differs = |case: &Case| case.run().trace != other(case).run().trace;
    assert!(timed_out.iter().any(differs), "the steps of every clock take as long");
}
