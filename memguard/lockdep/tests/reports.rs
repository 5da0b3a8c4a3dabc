//! What a report says, as text, JSON and a graph. The reports are those of the process, so each program runs under
//! names of its own.

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::{Debt, Report, Verdict, thread};

fn report_about(class: &str) -> Option<Report> {
    let about = |report: &Report| report.steps.iter().any(|step| step.held.class.name() == Some(class));
    memguard_lockdep::reports().into_iter().find(about)
}

/// Takes both, the second inside the first.
fn nest(outer: &Mutex<()>, inner: &Mutex<()>) {
    let _outer = outer.lock();
    let _inner = inner.lock();
}

#[test]
fn a_deadlock_shows_both_threads_and_four_places() {
    let (a, b) = (Mutex::named("a1", ()), Mutex::named("b1", ()));
    std::thread::scope(|scope| {
        let builder = || std::thread::Builder::new();
        builder().name("first".into()).spawn_scoped(scope, || nest(&a, &b)).unwrap().join().unwrap();
        builder().name("second".into()).spawn_scoped(scope, || nest(&b, &a)).unwrap().join().unwrap();
    });
    let report = report_about("a1").expect("the inversion is seen");
    assert_eq!(report.verdict, Verdict::Deadlock);
    let text = report.to_string();
    for part in ["a1 -> b1 -> a1", "thread first (#", "thread second (#", "reports.rs:14:", "reports.rs:15:"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["verdict"], "deadlock");
    assert_eq!((&json["steps"][0]["held"]["class"], &json["steps"][1]["held"]["class"]), (&"a1".into(), &"b1".into()));
    let dot = memguard_lockdep::graph_as_dot();
    let edge = dot.lines().find(|line| line.contains("\"a1\" -> \"b1\"")).expect("the edge is drawn");
    assert!(edge.contains("color=red"), "{edge}");
}

#[test]
fn one_thread_that_does_both_is_a_debt() {
    let (a, b) = (Mutex::named("a2", ()), Mutex::named("b2", ()));
    nest(&a, &b);
    nest(&b, &a);
    assert_eq!(report_about("a2").map(|report| report.verdict), Some(Verdict::Debt(Debt::OneThread)));
}

#[test]
fn threads_that_are_joined_between_are_a_debt() {
    let (a, b) = (Mutex::named("a3", ()), Mutex::named("b3", ()));
    thread::scope(|scope| {
        scope.spawn(|| nest(&a, &b)).join().unwrap();
        scope.spawn(|| nest(&b, &a)).join().unwrap();
    });
    assert_eq!(report_about("a3").map(|report| report.verdict), Some(Verdict::Debt(Debt::Ordered)));
}

#[test]
fn a_common_gate_is_a_debt_that_names_the_gate() {
    let (gate, a, b) = (Mutex::named("g4", ()), Mutex::named("a4", ()), Mutex::named("b4", ()));
    let gated = |outer, inner| {
        let _gate = gate.lock();
        nest(outer, inner);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| gated(&a, &b)).join().unwrap();
        scope.spawn(|| gated(&b, &a)).join().unwrap();
    });
    let report = report_about("a4").expect("the debt is kept");
    assert_eq!(report.verdict, Verdict::Debt(Debt::Gate));
    assert_eq!(report.gate.and_then(|gate| gate.class.name()), Some("g4"));
    // A third thread comes without the gate.
    std::thread::scope(|scope| scope.spawn(|| nest(&b, &a)).join().unwrap());
    assert_eq!(report_about("a4").map(|report| report.verdict), Some(Verdict::Deadlock));
}

#[test]
fn a_declared_order_is_checked_at_the_first_step() {
    memguard_lockdep::declare_order(&["a5", "b5", "c5"]);
    let (a, c) = (Mutex::named("a5", ()), Mutex::named("c5", ()));
    nest(&a, &c);
    assert_eq!(report_about("c5"), None);
    nest(&c, &a);
    assert_eq!(report_about("c5").map(|report| report.verdict), Some(Verdict::Order));
}

#[test]
fn a_name_that_follows_itself_is_held_once() {
    memguard_lockdep::declare_order(&["a7", "a7"]);
    let [one, two] = [(); 2].map(|()| Mutex::named("a7", ()));
    drop(one.lock());
    assert_eq!(report_about("a7"), None);
    nest(&one, &two);
    assert_eq!(report_about("a7").map(|report| report.verdict), Some(Verdict::Order));
}

/// The observer is told in the thread that is about to wait, before it waits. So it can stop a thread that would wait
/// for itself.
#[test]
fn the_observer_is_told_before_the_wait() {
    let told = |report: &Report| {
        if report.verdict == Verdict::SelfDeadlock && report.steps[0].held.class.name() == Some("a6") {
            panic!("{report}");
        }
    };
    assert!(memguard_lockdep::observe(told));
    let a = Mutex::named("a6", ());
    let twice = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| nest(&a, &a))).unwrap_err();
    let text = twice.downcast_ref::<String>().expect("the panic is the observer's");
    assert!(text.starts_with("deadlock: a thread waits for a lock that it holds itself"), "{text}");
}
