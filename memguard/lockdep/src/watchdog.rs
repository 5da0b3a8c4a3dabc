//! A thread that notices when others wait too long.

use crate::acquisition::Acquisition;
use crate::api::ThreadState;
use crate::wait_graph::WaitGraph;
use std::collections::HashMap;
use std::time::Duration;
use std::{io, thread};

/// Starts a thread that calls `on_stall` when some thread has waited for the same thing for longer than `limit`, once
/// for each such wait.
///
/// `on_stall` gets the threads that wait for each other in a circle, if the wait leads to one: each waits for a lock of
/// the next, and the last for one of the first. Else it gets the thread that waits, then the holder of what it waits
/// for, and so on up to a thread that does not wait for a lock.
///
/// A thread that waits for work is idle, and is not told: it waits for a message, a notification or the end of a
/// thread, it holds no lock, and its wait leads to no circle. If a thread that holds a lock waits for an idle one,
/// both are told.
///
/// `on_stall` runs in the new thread. It may print, or end the process. The thread runs as long as the process. A
/// forked child has none.
///
/// Without the feature `check` nothing is started.
///
/// # Errors
///
/// If the system refuses a thread.
///
/// ```
/// use std::time::Duration;
///
/// memguard_lockdep::start_watchdog(Duration::from_secs(10), |stall| {
///     for thread in stall {
///         eprintln!("{thread}");
///     }
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn start_watchdog(limit: Duration, on_stall: fn(&[ThreadState])) -> io::Result<()> {
    if cfg!(not(feature = "check")) {
        return Ok(());
    }
    let pause = (limit / 4).clamp(Duration::from_millis(1), Duration::from_secs(1));
    let mut watch = Watch { limit, told: HashMap::new() };
    let run = move || {
        loop {
            thread::sleep(pause);
            watch.look(&WaitGraph::now()).iter().for_each(|stall| on_stall(stall));
        }
    };
    thread::Builder::new().name("lockdep watchdog".to_owned()).spawn(run).map(drop)
}

struct Watch {
    limit: Duration,
    /// For the waits that were told, by thread and instance: how long they had lasted when last seen.
    told: HashMap<(String, u64), Duration>,
}

impl Watch {
    /// The stalls that were not told yet.
    fn look(&mut self, graph: &WaitGraph) -> Vec<Vec<ThreadState>> {
        let all = &graph.threads;
        let mut now: HashMap<(String, u64), Duration> = all.iter().filter_map(identity).collect();
        // A shorter time is that of another wait for the same.
        self.told.retain(|wait, before| now.get(wait).is_some_and(|now| now >= before));
        let mut stalls = Vec::new();
        for (at, thread) in all.iter().enumerate() {
            let Some((wait, lasts)) = identity(thread) else { continue };
            if lasts <= self.limit || self.told.contains_key(&wait) {
                continue;
            }
            let way = graph.way_from(at);
            if is_idle(thread) && !graph.is_circle(&way) {
                continue;
            }
            let stall: Vec<ThreadState> = way.into_iter().map(|at| all[at].clone()).collect();
            self.told.extend(stall.iter().chain([thread]).filter_map(identity));
            stalls.push(stall);
        }
        self.told.iter_mut().for_each(|(wait, lasts)| *lasts = now.remove(wait).unwrap_or(*lasts));
        stalls
    }
}

/// Whether it waits for what other threads bring about, and no thread can wait for a lock of it.
fn is_idle(thread: &ThreadState) -> bool {
    let is_event = |lock: &Acquisition| lock.class.kind().is_event();
    thread.waits.as_ref().is_some_and(is_event) && thread.holds.iter().all(is_event)
}

/// What tells a wait from others, and how long it has lasted.
fn identity(thread: &ThreadState) -> Option<((String, u64), Duration)> {
    Some(((thread.thread.clone(), thread.waits?.instance), thread.waits_for?))
}

#[cfg(all(test, not(all(feature = "models", loom))))]
mod tests {
    use super::{ThreadState, WaitGraph, Watch};
    use crate::acquisition::Acquisition;
    use crate::class::{Class, Kind, Name, Origin};
    use crate::mode::Mode;
    use crate::place::Place;
    use std::collections::HashMap;
    use std::time::Duration;

    fn one_of(kind: Kind, instance: u64) -> Acquisition {
        let class = Class::of(Origin { kind, name: Name::Given("watched"), subclass: 0 }, true);
        Acquisition { class, instance, mode: Mode::Exclusive, place: Place::caller() }
    }

    fn lock(instance: u64) -> Acquisition {
        one_of(Kind::Mutex, instance)
    }

    /// A thread that holds a lock, and has waited for another one for so many seconds.
    fn thread(name: &str, holds: u64, waits: Option<(u64, u64)>) -> ThreadState {
        ThreadState {
            thread: name.to_owned(),
            holds: vec![lock(holds)],
            waits: waits.map(|(instance, _)| lock(instance)),
            waits_for: waits.map(|(_, seconds)| Duration::from_secs(seconds)),
            kernel: None,
        }
    }

    /// The names of the threads of each stall.
    fn look(watch: &mut Watch, all: &[ThreadState]) -> Vec<String> {
        let name = |stall: &Vec<ThreadState>| stall.iter().map(|thread| &*thread.thread).collect();
        watch.look(&WaitGraph { threads: all.to_vec() }).iter().map(name).collect()
    }

    fn watch() -> Watch {
        Watch { limit: Duration::from_secs(10), told: HashMap::new() }
    }

    #[test]
    fn a_wait_is_told_once_and_the_next_one_again() {
        let mut watch = watch();
        let all = |seconds| [thread("a", 1, Some((2, seconds))), thread("b", 2, None)];
        for (seconds, told) in [(9, 0), (11, 1), (12, 0), (3, 0), (11, 1), (11, 0)] {
            assert_eq!(look(&mut watch, &all(seconds)), vec!["ab"; told], "{seconds} s");
        }
        assert_eq!(look(&mut watch, &all(0)[1..]), [""; 0]);
        assert_eq!(look(&mut watch, &all(11)), ["ab"]);
    }

    #[test]
    fn a_circle_is_told_once_for_all_its_threads_and_without_those_outside() {
        let mut watch = watch();
        let outside = thread("a", 1, Some((2, 11)));
        let circle = [thread("b", 2, Some((3, 11))), thread("c", 3, Some((2, 11)))];
        assert_eq!(look(&mut watch, &[&[outside][..], &circle].concat()), ["bc"]);
        assert_eq!(look(&mut watch, &[thread("d", 4, Some((4, 11)))]), ["d"]);
    }

    /// A thread that lives, and has waited for something for long.
    fn living(name: &str, life: u64, waits: Acquisition) -> ThreadState {
        let holds = vec![one_of(Kind::Join, life)];
        ThreadState { holds, waits: Some(waits), ..thread(name, 0, Some((0, 11))) }
    }

    #[test]
    fn a_thread_that_waits_for_work_is_idle_unless_a_lock_waits_with_it() {
        for kind in [Kind::Channel, Kind::Condvar, Kind::Barrier, Kind::Event] {
            assert_eq!(look(&mut watch(), &[living("a", 1, one_of(kind, 2))]), [""; 0]);
        }
        // Its owner waits for its end, and holds nothing either.
        let (idle, owner) = (living("b", 1, one_of(Kind::Channel, 2)), living("c", 3, one_of(Kind::Join, 1)));
        assert_eq!(look(&mut watch(), &[idle.clone(), owner.clone()]), [""; 0]);
        // The owner holds a lock.
        let owner = ThreadState { holds: vec![lock(4)], ..owner };
        assert_eq!(look(&mut watch(), &[idle.clone(), owner]), ["cb"]);
        // Itself holds a lock, or waits for one.
        let holder = ThreadState { holds: vec![lock(4)], ..idle };
        assert_eq!(look(&mut watch(), &[holder]), ["b"]);
        assert_eq!(look(&mut watch(), &[living("d", 1, lock(4))]), ["d"]);
        assert_eq!(look(&mut watch(), &[living("e", 1, one_of(Kind::Once, 4))]), ["e"]);
    }

    #[test]
    fn threads_that_join_each_other_are_not_idle() {
        let all = [living("a", 1, one_of(Kind::Join, 2)), living("b", 2, one_of(Kind::Join, 1))];
        assert_eq!(look(&mut watch(), &all), ["ab"]);
    }
}
