//! The watchdog and the dump on SIGQUIT, each in a child process: this program again, with one of its tests.

use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::{ThreadState, start_watchdog};
use std::env;
use std::process::{Child, Command, Stdio, exit};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

static A: Mutex<()> = Mutex::named("A", ());
static B: Mutex<()> = Mutex::named("B", ());
static C: Mutex<()> = Mutex::named("C", ());

const CHILD: &str = "LOCKDEP_CHILD";
/// A child that has not done its part by then never will.
const TOO_LONG: Duration = Duration::from_secs(120);

/// Runs `child` in a process of its own, and returns that in the parent.
fn in_child(test: &str, child: fn()) -> Option<Child> {
    if env::var_os(CHILD).is_some() {
        thread::spawn(|| {
            thread::sleep(TOO_LONG);
            exit(1);
        });
        child();
        return None;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command.spawn().unwrap())
}

/// How a child ends, and what it printed to the standard error.
fn end_of(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn waits_for(one: &ThreadState, other: &ThreadState) -> bool {
    let waits = one.waits.and_then(|lock| lock.class.name());
    waits.is_some() && other.holds.iter().any(|held| held.class.name() == waits)
}

fn print(stall: &[ThreadState]) {
    stall.iter().for_each(|thread| eprintln!("{thread}"));
}

/// A thread with this name.
fn spawn(name: &str, run: fn()) {
    thread::Builder::new().name(name.to_owned()).spawn(run).unwrap();
}

/// Two threads that wait for each other for ever, or soon will.
fn deadlock() {
    static BOTH: Barrier = Barrier::new(2);
    spawn("one", || {
        let _a = A.lock();
        BOTH.wait();
        let _b = B.lock();
    });
    spawn("two", || {
        let _b = B.lock();
        BOTH.wait();
        let _a = A.lock();
    });
}

#[test]
fn the_watchdog_shows_a_deadlock() {
    let child = in_child("the_watchdog_shows_a_deadlock", || {
        let told = |stall: &[ThreadState]| {
            print(stall);
            exit(if stall.len() == 2 && waits_for(&stall[0], &stall[1]) && waits_for(&stall[1], &stall[0]) {
                42
            } else {
                1
            });
        };
        start_watchdog(Duration::from_millis(50), told).unwrap();
        deadlock();
        loop {
            thread::park();
        }
    });
    let Some(child) = child else { return };
    let (code, said) = end_of(child);
    assert_eq!(code, Some(42), "{said}");
    for part in ["thread one (#", "thread two (#", "holds  A #", "waits  B #", "watch.rs:"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_watchdog_shows_who_holds_up_whom() {
    let child = in_child("the_watchdog_shows_who_holds_up_whom", || {
        let _c = C.lock();
        let told = |stall: &[ThreadState]| {
            // The one that waits for this thread may be told alone before.
            if let [last, middle, first] = stall {
                print(stall);
                let is_chain = waits_for(last, middle) && waits_for(middle, first) && first.waits.is_none();
                exit(if is_chain { 42 } else { 1 });
            }
        };
        start_watchdog(Duration::from_millis(50), told).unwrap();
        spawn("middle", || {
            let _b = B.lock();
            let _c = C.lock();
        });
        spawn("last", || {
            while !memguard_lockdep::threads().iter().any(|thread| thread.waits.is_some()) {
                thread::yield_now();
            }
            let _b = B.lock();
        });
        loop {
            thread::park();
        }
    });
    let Some(child) = child else { return };
    let (code, said) = end_of(child);
    assert_eq!(code, Some(42), "{said}");
}

#[test]
#[cfg(all(unix, feature = "signals"))]
fn a_quit_prints_who_waits_and_the_process_goes_on() {
    use std::io::{BufRead, BufReader, Write, stdin};

    let child = in_child("a_quit_prints_who_waits_and_the_process_goes_on", || {
        memguard_lockdep::dump_on_quit().unwrap();
        deadlock();
        while memguard_lockdep::threads().iter().filter(|thread| thread.waits.is_some()).count() < 2 {
            thread::yield_now();
        }
        for _ in 0..2 {
            signal_hook::low_level::raise(signal_hook::consts::SIGQUIT).unwrap();
            stdin().read_line(&mut String::new()).unwrap();
        }
        exit(42);
    });
    let Some(mut child) = child else { return };
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    for _ in 0..2 {
        let mut said = String::new();
        while !said.contains("deadlock: ") {
            said += &lines.next().unwrap();
            said.push('\n');
        }
        for part in ["thread one (#", "thread two (#", "holds  A #", "waits  B #", "holds  B #", "waits  A #"] {
            assert!(said.contains(part), "{said}");
        }
        let circle = said.lines().last().unwrap().split(" waits for ").collect::<Vec<_>>();
        assert_eq!((circle.len(), circle[0].strip_prefix("deadlock: ")), (3, Some(circle[2])), "{said}");
        child.stdin.as_mut().unwrap().write_all(b"read\n").unwrap();
    }
    assert_eq!(child.wait().unwrap().code(), Some(42));
}
