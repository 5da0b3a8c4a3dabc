//! Running a program, and judging what it leaves behind.

use super::{Actor, Commons, Hazards, Op, Program, PurgeWatch, Step, Tally};
use crate::thread::{self, JoinHandle};
use crate::{Guarantee, Violation, planted};
use memguard::sync::lockdep;
use memguard::{Health, Session, Sim, SimReport};
use std::collections::VecDeque;
use std::sync::Arc;

/// Threads beside the main one that run at a time.
const THREADS: usize = 4;

/// Buffers that a thread has of its own: `Op::Together` can name eight.
const PLACES: usize = 8;

/// What contents are derived from. They differ by their ids.
const SEED: u64 = 0x6d65_6d67_7561_7264;

/// What the threads of a running program share.
struct World {
    sim: Sim,
    session: Session,
    tally: Tally,
    watch: PurgeWatch,
    commons: Commons,
    concurrent: bool,
    stream_chunk: usize,
}

type Thread = JoinHandle<Result<(), Violation>>;

impl World {
    fn actor(&self, number: u64) -> Actor<'_> {
        let hazards = Hazards {
            purges: self.concurrent.then_some(&self.watch),
            memlock: None,
            faults: Some(&self.sim),
            alone: !self.concurrent,
        };
        Actor::new(&self.session, &self.tally, hazards, SEED, number)
            .with_places(PLACES)
            .with_commons(&self.commons)
            .with_stream_chunk(self.stream_chunk)
    }
}

impl Program {
    /// Runs it, each operation judged as it returns, and judges what is left when all threads have ended: everything wiped and
    /// given back, nothing live, parked or handed over, the counters as the callers were told, no broken lock order.
    ///
    /// # Errors
    /// The first promise that did not hold.
    ///
    /// # Panics
    /// If the library does.
    pub fn run(&self) -> Result<(), Violation> {
        planted::silence();
        let disorders = lockdep::violation_count();
        let sim = self.options.sim();
        let session = self.options.build(&sim).map_err(|error| Violation::unexpected("building a session", &error))?;
        let world = Arc::new(World {
            sim: sim.clone(),
            session,
            tally: Tally::default(),
            watch: PurgeWatch::default(),
            commons: Commons::default(),
            concurrent: self.is_concurrent(),
            stream_chunk: self.options.chunk(),
        });
        self.perform(&world)?;
        world.commons.clear();
        let world = Arc::into_inner(world);
        let world =
            world.ok_or_else(|| Violation::new(Guarantee::Progress, "a thread that has ended is still there"))?;
        let health = at_rest(&world)?;
        still_usable(&world)?;
        drop(world);
        given_back(&sim.report(), &health)?;
        match lockdep::violation_count() - disorders {
            0 => Ok(()),
            _ => {
                Err(Violation::new(Guarantee::Order, format!("the lock order was broken: {:?}", lockdep::violations())))
            }
        }
    }

    fn perform(&self, world: &Arc<World>) -> Result<(), Violation> {
        let mut actor = world.actor(1);
        let mut threads: VecDeque<Thread> = VecDeque::new();
        let mut number = 1;
        let mut judgement = Ok(());
        for step in &self.steps {
            judgement = match step {
                Step::Do(op) => actor.apply(op),
                Step::Join => join(threads.pop_front()),
                Step::Spawn(ops) => {
                    let oldest = if threads.len() < THREADS { None } else { threads.pop_front() };
                    number += 1;
                    threads.push_back(spawn(Arc::clone(world), number, ops.clone()));
                    join(oldest)
                }
            };
            if judgement.is_err() {
                break;
            }
        }
        // Also after a violation: nobody may be at work when it is reported.
        let joined = threads.into_iter().map(|thread| join(Some(thread))).fold(Ok(()), Result::and);
        judgement.and(joined)?;
        actor.verify()
    }
}

fn spawn(world: Arc<World>, number: u64, ops: Vec<Op>) -> Thread {
    thread::spawn(move || {
        let mut actor = world.actor(number);
        ops.iter().try_for_each(|op| actor.apply(op))?;
        actor.verify()
    })
}

fn join(thread: Option<Thread>) -> Result<(), Violation> {
    match thread.map(JoinHandle::join) {
        None => Ok(()),
        Some(Ok(judgement)) => judgement,
        // The library has panicked there, and does here.
        Some(Err(payload)) => std::panic::resume_unwind(payload),
    }
}

/// Nobody uses the session any more.
fn at_rest(world: &World) -> Result<Health, Violation> {
    world.sim.heal();
    // Removals that found the registry busy may still wait for the next one who enters it. This is the next one.
    let _ = world.session.health();
    let health = world.session.health();
    let left = (health.live_buffers, health.registered, health.parked, health.handed_over);
    if left != (0, 0, 0, 0) {
        let what = format!("(live, registered, parked, handed over) buffers are left at rest: {left:?}");
        return Err(Violation::new(Guarantee::Wiped, what));
    }
    if world.session.audit().dirty_slots != 0 || health.degraded.dirty_slots != 0 {
        return Err(Violation::new(Guarantee::Wiped, "a free slot is not zero"));
    }
    let faultless = world.sim.report().faults_fired == 0;
    for (kind, count) in health.degraded.iter().filter(|(_, count)| *count > 0) {
        let by_others = ["deferred_removals", "parked_registrations", "rekeys_skipped"].contains(&kind);
        let by_self = ["handed_over_wipes", "accesses_refused"].contains(&kind);
        let by_faults = [
            "rekeys_failed",
            "limits_reached",
            "unlocked_pages",
            "inheritable_pages",
            "unconcealed",
            "unwiped_slots",
            "leaked_slots",
        ];
        let accounted_for = by_self || (by_others && world.concurrent) || (by_faults.contains(&kind) && !faultless);
        if !accounted_for {
            return Err(Violation::new(Guarantee::Visible, format!("{kind} is {count}, and nothing provoked that")));
        }
    }
    match world.tally.disagreements(&health.degraded).as_slice() {
        [] => Ok(health),
        wrong => Err(Violation::new(Guarantee::Visible, wrong.join("; "))),
    }
}

/// Whatever happened, the session works.
fn still_usable(world: &World) -> Result<(), Violation> {
    let mut secret = *b"whatever happened before";
    let content = secret;
    let sealed = world.session.buffer_from_bytes(&mut secret).and_then(|buffer| buffer.seal());
    match sealed.and_then(|enclave| enclave.open()?.equals(&content)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Violation::new(Guarantee::Exact, "at the end an enclave opened to something else")),
        Err(error) => Err(Violation::unexpected("at the end, sealing and opening", &error)),
    }
}

/// The session is gone, and its pages must be.
fn given_back(report: &SimReport, health: &Health) -> Result<(), Violation> {
    let broken = |what: String| Err(Violation::new(Guarantee::Wiped, what));
    if report.unwiped_bytes > 0 && health.degraded.unwiped_slots == 0 {
        return broken(format!("{} bytes were given back unwiped", report.unwiped_bytes));
    }
    if report.live_bytes > 0 && health.degraded.leaked_slots == 0 {
        return broken(format!("{} bytes are still mapped", report.live_bytes));
    }
    if !report.violations.is_empty() {
        return broken(format!("the pages saw: {}", report.violations.join("; ")));
    }
    Ok(())
}
