//! Runs with detectors of the test: shell commands that look at `lib.txt`.

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use memguard_kill_matrix::bug::{Bug, bugs_in};
use memguard_kill_matrix::detect::Origin;
use memguard_kill_matrix::error::MatrixError;
use memguard_kill_matrix::log::Log;
use memguard_kill_matrix::matrix::{Conclusion, Matrix, Wanted};
use memguard_kill_matrix::process::Step;
use memguard_kill_matrix::program::{Place, Program, Programs};
use memguard_kill_matrix::stop::Stop;
use memguard_kill_matrix::store::{About, Store};
use memguard_kill_matrix::tree::Source;
use memguard_reports::kill_matrix::{Detector, Judge, KillMatrix, Outcome, Verdict};
use memguard_reports::load;
use memguard_reports::provenance::Provenance;

use crate::common::Workspace;

/// Notices `wrong` in `lib.txt`.
const LOOKS: &str = "if grep -q wrong lib.txt; then echo 'seed 3 failed: WIPED: not'; exit 1; fi
    echo 'sim: 5 cases passed, 1 steps'";
/// Notices nothing.
const BLIND: &str = "echo 'test result: ok. 7 passed; 0 failed'";

/// What `sim`, `tests` and `loom` run.
struct Fakes<'s> {
    sim: &'static str,
    tests: &'static str,
    loom: &'static str,
    /// A signal that comes before this detector runs on a bug.
    signal: Option<(Detector, &'s Stop)>,
    /// How often each ran on a bug.
    ran: Mutex<Vec<Detector>>,
}

impl<'s> Fakes<'s> {
    fn new() -> Self {
        Self { sim: LOOKS, tests: BLIND, loom: "exit 7", signal: None, ran: Mutex::default() }
    }

    fn ran(&self) -> Vec<Detector> {
        std::mem::take(&mut self.ran.lock().unwrap())
    }

    fn interrupted(at: Detector, stop: &'s Stop) -> Self {
        Self { signal: Some((at, stop)), ..Self::new() }
    }
}

fn shell(script: &str, log: Log) -> Program {
    let runs = vec![Step::new(["sh", "-c", script])];
    Program { build: None, runs, log, patience: Duration::from_secs(300) }
}

impl Programs for Fakes<'_> {
    fn program(&self, detector: Detector, _: &Place, bug: Option<&Bug>) -> Program {
        if bug.is_some() {
            self.ran.lock().unwrap().push(detector);
            if let Some((at, stop)) = self.signal
                && at == detector
            {
                stop.signal(15);
                // One that ends by itself may have ended before it is looked at, and its finding counts.
                return shell("sleep 600", Log::Libtest);
            }
        }
        match detector {
            Detector::Sim => shell(self.sim, Log::Sim),
            Detector::Tests => shell(self.tests, Log::Libtest),
            _ => shell(self.loom, Log::Models),
        }
    }

    fn every_model(&self, _: &Place, but: &[String]) -> Program {
        let script = format!("echo 'but {}'; exit 0", but.join(" "));
        shell(Box::leak(script.into_boxed_str()), Log::Models)
    }

    fn lacks(&self, _: Detector) -> Option<String> {
        None
    }
}

struct Run<'w> {
    workspace: &'w Workspace,
    detectors: Vec<Detector>,
    fast: bool,
    keeps: bool,
    jobs: usize,
}

impl<'w> Run<'w> {
    fn new(workspace: &'w Workspace) -> Self {
        Self { workspace, detectors: vec![Detector::Sim, Detector::Tests], fast: false, keeps: false, jobs: 1 }
    }

    fn with(&self, fakes: &Fakes<'_>, stop: &Stop) -> Result<Conclusion, MatrixError> {
        let top = self.workspace.top();
        let bugs = bugs_in(&top.join("model-tests/seeded-bugs"), &[]).unwrap();
        let source = Source::of(top).unwrap();
        let origin = Origin { commit: "abc".to_owned(), tree: source.hash().unwrap() };
        let about = About {
            command: vec!["kill-matrix".to_owned()],
            provenance: Provenance::of_commit("abc".to_owned()),
            tree: origin.tree.clone(),
            absent: Vec::new(),
            models: Vec::new(),
            keeps: self.keeps,
        };
        let folder = top.join("target/kill-matrix");
        let store = Mutex::new(Store::open(&folder.join("record.json"), &bugs, about)?);
        let (detectors, fast, jobs) = (self.detectors.clone(), self.fast, self.jobs);
        let wanted = Wanted { bugs, detectors, fast, every_model: false, jobs };
        Matrix { wanted, programs: fakes, source: &source, folder: &folder, origin, stop }.run(&store)
    }

    fn end(&self, fakes: &Fakes<'_>) -> Result<Conclusion, MatrixError> {
        self.with(fakes, &Stop::after(None))
    }

    fn record(&self) -> KillMatrix {
        load(&self.workspace.top().join("target/kill-matrix/record.json")).unwrap()
    }
}

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.bug("01-wrong", "skipped-wipe", "lib.txt", "right", "wrong");
    workspace.bug("02-worse", "skipped-wipe", "lib.txt", "right", "worse");
    workspace
}

#[test]
fn what_is_noticed_and_what_is_not_is_recorded() {
    let workspace = workspace();
    let run = Run::new(&workspace);
    assert_eq!(run.end(&Fakes::new()).unwrap(), Conclusion::Survivors);
    let record = run.record();
    let found = record.bugs[0].finding(Detector::Sim).unwrap();
    assert_eq!((found.outcome, found.judge), (Outcome::Caught, Some(Judge::Oracle)));
    assert_eq!((found.by.as_deref(), found.said.as_deref()), (Some("seed 3"), Some("WIPED: not")));
    assert_eq!(record.bugs[0].finding(Detector::Tests).unwrap().outcome, Outcome::Missed);
    assert_eq!(record.bugs[1].kills().count(), 0);
    assert_eq!(record.controls.len(), 2);
    // Other detectors have not run.
    assert_eq!(record.verdict, Verdict::Incomplete);
    // The workspace itself is as before.
    assert_eq!(fs::read_to_string(workspace.top().join("lib.txt")).unwrap(), "right\n");
}

#[test]
fn several_bugs_at_a_time_have_copies_of_their_own() {
    let workspace = workspace();
    workspace.bug("03-wrong", "skipped-wipe", "lib.txt", "right", "wrong again");
    let run = Run { jobs: 3, ..Run::new(&workspace) };
    run.end(&Fakes::new()).unwrap();
    let noticed: Vec<usize> = run.record().bugs.iter().map(|bug| bug.kills().count()).collect();
    assert_eq!(noticed, [1, 0, 1]);
}

#[test]
fn a_detector_that_fails_without_a_bug_ends_the_run() {
    let workspace = workspace();
    let fakes = Fakes { tests: "echo 'test a::b ... FAILED'; exit 101", ..Fakes::new() };
    let error = Run::new(&workspace).end(&fakes).unwrap_err();
    assert!(matches!(&error, MatrixError::Control { detector: Detector::Tests, what, .. } if what.contains("a::b")));
    assert_eq!(fakes.ran(), [], "no bug may be planted");
}

#[test]
fn a_detector_that_passes_and_ran_nothing_is_an_error() {
    for nothing in ["true", "echo 'test result: ok. 0 passed; 0 failed'"] {
        let workspace = workspace();
        let error = Run::new(&workspace).end(&Fakes { tests: nothing, ..Fakes::new() }).unwrap_err();
        assert!(matches!(error, MatrixError::RanNothing { detector: Detector::Tests, .. }), "{error}");
    }
}

/// It passes without a bug. With the bug it runs nothing, and that is no miss.
#[test]
fn a_detector_that_ran_nothing_on_a_bug_is_an_error() {
    let workspace = workspace();
    let fakes = Fakes { sim: "grep -q right lib.txt && echo 'sim: 5 cases passed'; exit 0", ..Fakes::new() };
    let error = Run::new(&workspace).end(&fakes).unwrap_err();
    assert!(matches!(error, MatrixError::RanNothing { detector: Detector::Sim, .. }), "{error}");
}

#[test]
fn a_failure_that_the_log_does_not_name_is_no_finding() {
    let workspace = workspace();
    let fakes = Fakes { sim: "grep -q right lib.txt || exit 9; echo 'sim: 5 cases passed'", ..Fakes::new() };
    let run = Run::new(&workspace);
    assert_eq!(run.end(&fakes).unwrap(), Conclusion::Incomplete);
    assert!(run.record().bugs.iter().all(|bug| bug.finding(Detector::Sim).is_none()));
}

#[test]
fn a_build_that_fails_shows_nothing() {
    let workspace = workspace();
    struct Builds(Fakes<'static>);
    impl Programs for Builds {
        fn program(&self, detector: Detector, place: &Place, bug: Option<&Bug>) -> Program {
            let build = "grep -q right lib.txt || { echo 'error[E0001]: no'; exit 101; }";
            Program { build: Some(Step::new(["sh", "-c", build])), ..self.0.program(detector, place, bug) }
        }
        fn every_model(&self, place: &Place, but: &[String]) -> Program {
            self.0.every_model(place, but)
        }
        fn lacks(&self, _: Detector) -> Option<String> {
            None
        }
    }
    let top = workspace.top();
    let bugs = bugs_in(&top.join("model-tests/seeded-bugs"), &[]).unwrap();
    let source = Source::of(top).unwrap();
    let place = Place { tree: top.join("copy"), builds: top.join("builds") };
    source.restore(&place.tree).unwrap();
    assert_eq!(memguard_kill_matrix::tree::plant(&bugs[0], &place.tree).unwrap(), None);
    let origin = Origin { commit: "abc".to_owned(), tree: "def".to_owned() };
    let program = Builds(Fakes::new()).program(Detector::Sim, &place, Some(&bugs[0]));
    let log = top.join("logs/a.log");
    let found =
        memguard_kill_matrix::detect::detect(Detector::Sim, &program, &place, &log, &origin, &Stop::after(None));
    let memguard_kill_matrix::detect::Detected::Found(found) = found.unwrap() else { panic!("nothing was found") };
    assert_eq!((found.outcome, found.judge), (Outcome::NotBuilt, Some(Judge::Compiler)));
    assert!(!found.is_kill());
}

#[test]
fn a_detector_that_does_not_end_is_stopped_and_has_noticed_the_bug() {
    let workspace = workspace();
    let place = Place { tree: workspace.top().to_owned(), builds: workspace.top().join("builds") };
    let program = Program { patience: Duration::from_millis(1), ..shell("sleep 600", Log::Sim) };
    let origin = Origin { commit: "abc".to_owned(), tree: "def".to_owned() };
    let log = workspace.top().join("logs/a.log");
    let found =
        memguard_kill_matrix::detect::detect(Detector::Sim, &program, &place, &log, &origin, &Stop::after(None));
    let memguard_kill_matrix::detect::Detected::Found(found) = found.unwrap() else { panic!("nothing was found") };
    assert_eq!((found.outcome, found.judge), (Outcome::Hung, Some(Judge::Deadlock)));
}

#[test]
fn a_second_run_repeats_nothing() {
    let workspace = workspace();
    let (run, fakes) = (Run::new(&workspace), Fakes::new());
    run.end(&fakes).unwrap();
    assert_eq!(fakes.ran().len(), 4);
    let first = run.record();
    run.end(&fakes).unwrap();
    assert_eq!(fakes.ran(), []);
    assert_eq!(run.record().bugs, first.bugs);
}

#[test]
fn a_changed_patch_is_run_again_and_the_others_are_not() {
    let workspace = workspace();
    let (run, fakes) = (Run::new(&workspace), Fakes::new());
    run.end(&fakes).unwrap();
    fakes.ran();
    workspace.bug("02-worse", "skipped-wipe", "lib.txt", "right", "wrong now");
    run.end(&fakes).unwrap();
    assert_eq!(fakes.ran(), [Detector::Sim, Detector::Tests]);
    assert_eq!(run.record().bugs[1].kills().count(), 1);
    assert!(workspace.top().join("target/kill-matrix/record.before.json").exists(), "what was left out is gone");
}

#[test]
fn a_changed_tree_is_run_again_unless_findings_are_kept() {
    let workspace = workspace();
    let (run, fakes) = (Run::new(&workspace), Fakes::new());
    run.end(&fakes).unwrap();
    fakes.ran();
    workspace.write("other.txt", "two\n");
    let before = run.record();
    Run { keeps: true, ..Run::new(&workspace) }.end(&fakes).unwrap();
    assert_eq!(fakes.ran(), [Detector::Sim, Detector::Tests], "the bug that nothing noticed");
    assert_eq!(run.record().bugs[0], before.bugs[0], "the bug that was noticed");
    run.end(&fakes).unwrap();
    assert_eq!(fakes.ran(), [Detector::Sim, Detector::Tests], "the other, whose findings are of the earlier tree");
}

/// A detector that broke with the tree must not be believed.
#[test]
fn with_kept_findings_detectors_must_pass_on_the_new_tree_too() {
    let workspace = workspace();
    Run { detectors: vec![Detector::Sim], ..Run::new(&workspace) }.end(&Fakes::new()).unwrap();
    workspace.write("other.txt", "two\n");
    workspace.bug("03-new", "skipped-wipe", "lib.txt", "right", "wrong again");
    let run = Run { detectors: vec![Detector::Sim], keeps: true, ..Run::new(&workspace) };
    let broken = "grep -q one other.txt || { echo 'seed 1 failed: broken'; exit 1; }; echo 'sim: 5 cases passed'";
    let error = run.end(&Fakes { sim: broken, ..Fakes::new() }).unwrap_err();
    assert!(matches!(error, MatrixError::Control { detector: Detector::Sim, .. }), "{error}");
    assert_eq!(run.record().bugs[0].kills().count(), 1, "what was kept is gone");
}

/// Prose, records and what git ignores change nothing that a detector sees.
#[test]
fn the_tree_is_what_detectors_see() {
    let workspace = Workspace::new();
    let hash = || Source::of(workspace.top()).unwrap().hash().unwrap();
    let before = hash();
    workspace.write("README.md", "more");
    workspace.write("reports/records/x.json", "{}");
    workspace.bug("01-wrong", "skipped-wipe", "lib.txt", "right", "wrong");
    workspace.git(&["add", "."]);
    assert_eq!(hash(), before);
    workspace.write("ignored.txt", "more");
    assert_eq!(hash(), before);
    // A new scenario that is not added to git yet.
    workspace.write("new.txt", "more");
    assert_ne!(hash(), before);
    let before = hash();
    workspace.write("lib.txt", "right!\n");
    assert_ne!(hash(), before);
}

#[test]
fn an_interrupted_run_keeps_its_record_and_goes_on_later() {
    let workspace = workspace();
    let run = Run::new(&workspace);
    let stop = Stop::after(None);
    // The signal comes as the second detector begins on the first bug.
    run.with(&Fakes::interrupted(Detector::Tests, &stop), &stop).unwrap();
    let record = run.record();
    assert_eq!(record.verdict, Verdict::Incomplete);
    let findings: Vec<usize> = record.bugs.iter().map(|bug| bug.findings.len()).collect();
    assert_eq!(findings, [1, 0]);
    let fakes = Fakes::new();
    run.end(&fakes).unwrap();
    assert_eq!(fakes.ran(), [Detector::Tests, Detector::Sim, Detector::Tests]);
}

#[test]
fn no_time_is_incomplete() {
    let workspace = workspace();
    let conclusion = Run::new(&workspace).with(&Fakes::new(), &Stop::after(Some(Duration::ZERO)));
    assert_eq!(conclusion.unwrap(), Conclusion::Incomplete);
}

#[test]
fn a_fast_run_stops_when_enough_detectors_have_noticed() {
    let workspace = Workspace::new();
    workspace.bug("01-wrong", "inversion", "lib.txt", "right", "wrong");
    workspace.bug("02-wrong", "skipped-wipe", "lib.txt", "right", "wrong");
    let fails = "grep -q right lib.txt || { echo 'test a ... FAILED'; exit 101; }; echo 'test result: ok. 1 passed'";
    let fakes = Fakes { tests: fails, loom: "echo 'gate: pass, 3 models'", ..Fakes::new() };
    let detectors = vec![Detector::Sim, Detector::Tests, Detector::Loom];
    let run = Run { fast: true, detectors, ..Run::new(&workspace) };
    assert_eq!(run.end(&fakes).unwrap(), Conclusion::Killed);
    assert_eq!(fakes.ran(), [Detector::Sim, Detector::Tests, Detector::Sim]);
}

#[test]
fn a_patch_that_does_not_apply_is_told() {
    let workspace = Workspace::new();
    workspace.bug("01-gone", "skipped-wipe", "lib.txt", "what was", "wrong");
    let run = Run::new(&workspace);
    assert_eq!(run.end(&Fakes::new()).unwrap(), Conclusion::Survivors);
    let record = run.record();
    assert!(!record.bugs[0].applies);
    assert_eq!(record.verdict, Verdict::Fail);
}

/// A detector may leave files. proptest does: the next bug would be found by the inputs of the last one.
#[test]
fn what_a_detector_leaves_is_gone_at_the_next_bug() {
    let workspace = workspace();
    let sim = "test ! -e left || { echo 'seed 1 failed: left'; exit 1; }
        touch left; echo 'sim: 5 cases passed'";
    let run = Run { detectors: vec![Detector::Sim], ..Run::new(&workspace) };
    assert_eq!(run.end(&Fakes { sim, ..Fakes::new() }).unwrap(), Conclusion::Survivors);
    assert!(run.record().bugs.iter().all(|bug| bug.kills().count() == 0), "{:?}", run.record().bugs);
}
