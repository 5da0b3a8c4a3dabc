//! What a program asks the checker.

use crate::acquisition::Acquisition;
use crate::kernel;
use crate::report::Report;
use crate::threads::own;
use crate::threads::record::Record;
use crate::time;
use crate::world;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Every report so far. Each cycle of classes is reported once.
///
/// ```
/// assert!(memguard_lockdep::reports().is_empty());
/// ```
pub fn reports() -> Vec<Report> {
    world::all_reports()
}

/// Forgets the graph and all reports. For tools that run many programs in one process. What threads hold stays known,
/// except what threads of a model hold: between two models there is none.
///
/// ```
/// memguard_lockdep::forget();
/// assert!(memguard_lockdep::reports().is_empty());
/// ```
pub fn forget() {
    world::forget();
}

/// For tests: ends the test if something can deadlock, or broke a declared order.
///
/// # Panics
///
/// If there is such a report, with all of them as text. Debts do not count.
///
/// ```
/// memguard_lockdep::assert_no_deadlocks();
/// ```
#[track_caller]
pub fn assert_no_deadlocks() {
    let deadlocks: Vec<String> =
        reports().iter().filter(|report| report.verdict.is_deadlock()).map(Report::to_string).collect();
    assert!(deadlocks.is_empty(), "{}", deadlocks.join("\n\n"));
}

/// Calls `observer` with each new report from now on, in the thread that caused it, before that thread waits. Returns
/// `false` if there is an observer already.
///
/// ```
/// memguard_lockdep::observe(|report| eprintln!("{report}"));
/// ```
pub fn observe(observer: fn(&Report)) -> bool {
    world::observe(observer)
}

/// Declares that locks of the first class are taken before locks of the second, and so on. A thread that wants the
/// former while it holds the latter is reported the first time it does so. The names are those of
/// [`named`](crate::raw::Mutex::named) locks. The same name twice says that a thread holds one lock of it at a time.
/// Two names in both orders say that a thread holds one of the two at a time. A forked child keeps the order.
///
/// ```
/// memguard_lockdep::declare_order(&["COFFER", "BUFFERS", "POOL", "POOL"]);
/// ```
pub fn declare_order(names: &[&'static str]) {
    for pair in names.windows(2) {
        world::declare(pair[0], pair[1]);
    }
}

/// What this thread holds, the oldest first.
///
/// ```
/// assert!(memguard_lockdep::held().is_empty());
/// ```
pub fn held() -> Vec<Acquisition> {
    own::record().map_or(Vec::new(), world::held)
}

/// Whether the checker itself runs on this thread now. An allocator that looks at what its caller holds can tell by it
/// which allocations are the checker's.
///
/// ```
/// assert!(!memguard_lockdep::is_checking());
/// ```
pub fn is_checking() -> bool {
    own::is_unwatched()
}

/// What a thread holds and waits for.
///
/// ```
/// for thread in memguard_lockdep::threads() {
///     println!("{thread}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ThreadState {
    /// The name and number of the thread.
    pub thread: String,
    /// What it holds, the oldest first.
    pub holds: Vec<Acquisition>,
    /// What it sleeps for.
    pub waits: Option<Acquisition>,
    /// How long it has slept for that.
    pub waits_for: Option<Duration>,
    /// What the kernel says: the state as `ps` shows it, and the function in which the thread sleeps. Only Linux says
    /// it.
    pub kernel: Option<String>,
}

impl ThreadState {
    /// Those of these threads that hold or wait for something.
    pub(crate) fn all(these: impl Fn(&Record) -> bool) -> Vec<Self> {
        let state = |(thread, number, record): (String, Option<u32>, &Record)| {
            let waits = record.waits();
            let nanos = || Duration::from_nanos(time::now().saturating_sub(record.waits_since()));
            let kernel = number.and_then(kernel::doing);
            Self { thread, holds: world::held(record), waits, waits_for: waits.map(|_| nanos()), kernel }
        };
        world::threads().into_iter().filter(|(.., record)| these(record)).map(state).collect()
    }
}

impl fmt::Display for ThreadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {}", self.thread)?;
        for held in &self.holds {
            write!(f, "\n  holds  {held}")?;
        }
        if let Some(waits) = &self.waits {
            write!(f, "\n  waits  {waits}")?;
        }
        if let Some(waits_for) = &self.waits_for {
            write!(f, ", for {waits_for:.1?}")?;
        }
        if let Some(kernel) = &self.kernel {
            write!(f, "\n  kernel {kernel}")?;
        }
        Ok(())
    }
}

/// Every thread that holds or waits for something now: who waits for whom. The threads go on meanwhile, so two entries
/// may be a moment apart.
///
/// ```
/// assert!(memguard_lockdep::threads().is_empty());
/// ```
pub fn threads() -> Vec<ThreadState> {
    ThreadState::all(|_| true)
}
