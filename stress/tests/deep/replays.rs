//! A replay that follows nothing, or not everything, does not pass for one.

use memguard_stress::deep::{Deep, Failed, Passed, Policy};
use memguard_stress::thread::{SavedSchedule, yield_now};
use std::fs;

const HEAD: &str = "memguard-schedule/2\nscenario planted\nseed 1\n";

fn read(text: &str) -> std::io::Result<SavedSchedule> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("schedule.txt");
    fs::write(&file, text).expect("a file");
    SavedSchedule::read(&file)
}

#[test]
fn a_file_without_steps_is_no_schedule() {
    let cut = format!("{HEAD}0x3 r 0x2\n");
    let steps = ["", "end", "0x0 end", "r r end", "0x99999999999 end", "0x1 end 0x1"];
    let junk = ["".to_owned(), "junk".to_owned(), cut].into_iter().chain(steps.map(|steps| format!("{HEAD}{steps}\n")));
    for text in junk {
        assert!(read(&text).is_err(), "{text:?} was read as a schedule");
    }
    assert_eq!(read(&format!("{HEAD}0x3 r 0x2\nend\n")).expect("a schedule").steps(), 5);
}

/// Follows so many steps of a program of one thread.
fn follow(steps: u64) -> Result<Passed, Box<Failed>> {
    let saved = read(&format!("{HEAD}0x{steps} end\n")).expect("a schedule");
    let nothing_is_saved = tempfile::tempdir().expect("a folder for the test");
    let deep = Deep::new("planted", Policy::Random).saves_in(nothing_is_saved.path());
    deep.replay(&saved, |_| (0..10).for_each(|_| yield_now()))
}

#[test]
fn a_schedule_of_another_length_is_noticed() {
    assert!(follow(3).expect_err("the program goes on").ended_early());
    let passed = follow(1000).expect("the program ends before the schedule");
    assert!(passed.steps < 1000, "a caller of replay compares the steps");
    assert_eq!(follow(passed.steps).expect("it fits").steps, passed.steps);
}
