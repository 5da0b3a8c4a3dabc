//! Runs a program and checks what it leaves behind.

use super::actor::{Actor, Environment, PurgeWatch, SessionHandle, SharedState};
use super::degraded;
use super::op::Op;
use super::program::{Program, Step};
use super::tally::{Tally, Told};
use crate::planted;
use crate::thread::{self, JoinHandle};
use crate::{Guarantee, Violation};
use memguard::sync::lockdep;
use memguard::{Degraded, Session, Sim, SimReport};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How many buffers a thread has of its own. `Op::WithBuffers` can name eight.
const PLACES: usize = 8;

/// The seed of all contents. They differ by their ids.
const SEED: u64 = 0x6d65_6d67_7561_7264;

/// What the threads of a running program share.
struct World {
    sim: Sim,
    tally: Tally,
    watch: PurgeWatch,
    shared: SharedState,
    session_end: AtomicBool,
    alone: bool,
    impatient: bool,
    concurrent: bool,
    stream_chunk: usize,
}

type Thread = JoinHandle<Result<(), Violation>>;

impl World {
    fn environment(&self) -> Environment<'_> {
        Environment {
            purges: self.concurrent.then_some(&self.watch),
            memlock: None,
            faults: Some(&self.sim),
            unhidden: false,
            impatient: self.impatient,
            alone: self.alone,
            session_end: Some(&self.session_end),
        }
    }

    fn actor(&self, number: u64, session: Option<Arc<Session>>) -> Actor<'_> {
        Actor::with_handle(session.map(SessionHandle::Counted), &self.tally, self.environment(), SEED, number)
            .with_places(PLACES)
            .with_shared(&self.shared)
            .with_stream_chunk(self.stream_chunk)
    }
}

impl Program {
    /// Runs the program and checks each answer. When all threads have ended, it checks that all pages are wiped and
    /// unmapped, that no buffer is live, parked or handed over, that the counters agree with what callers were told,
    /// and that the lock order held.
    ///
    /// # Errors
    /// The first broken guarantee.
    ///
    /// # Panics
    /// If the library panics.
    pub fn run(&self) -> Result<(), Violation> {
        self.run_and_tell().map(drop)
    }

    /// Like [`run`](Self::run), and returns what the callers were told.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_and_tell(&self) -> Result<Tally, Violation> {
        self.run_on(&self.options.sim())
    }

    /// Like [`run_and_tell`](Self::run_and_tell), on these pages, in which a bug may be planted.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn run_on(&self, sim: &Sim) -> Result<Tally, Violation> {
        planted::silence();
        let disorders = lockdep::violation_count();
        let session = Violation::unless_ok("building a session", self.options.build(sim))?;
        let world = Arc::new(World {
            sim: sim.clone(),
            tally: Tally::default(),
            watch: PurgeWatch::default(),
            shared: SharedState::default(),
            session_end: AtomicBool::new(false),
            alone: !self.is_concurrent() && !self.options.rekey_thread,
            impatient: self.options.is_impatient(),
            concurrent: self.is_concurrent(),
            stream_chunk: self.options.chunk(),
        });
        let session = self.run_steps(&world, Arc::new(session))?;
        world.shared.clear();
        let world = Arc::into_inner(world);
        let held = || Violation::new(Guarantee::Progress, "a thread that has ended still holds the program's state");
        let world = world.ok_or_else(held)?;
        match session.and_then(Arc::into_inner) {
            Some(session) => {
                world.tally.note(Told::EndedQuietly);
                let degraded = end(&world, session, self.options.rekey_thread)?;
                given_back(&sim.report(), degraded.unwiped_slots > 0, degraded.leaked_slots > 0)?;
            }
            None => {
                world.tally.note(Told::EndedInUse);
                // Nobody can read the counters of a session that has ended. So any fault of the pages may explain what
                // is left.
                let fired = world.tally.has_page_faults() && sim.report().faults_fired > 0;
                given_back(&sim.report(), fired, fired)?;
            }
        }
        let World { tally, .. } = world;
        match lockdep::violation_count() - disorders {
            0 => Ok(tally),
            _ => {
                Err(Violation::new(Guarantee::Order, format!("the lock order was broken: {:?}", lockdep::violations())))
            }
        }
    }

    /// Runs the steps. Returns the session if the main thread still has it.
    fn run_steps(&self, world: &Arc<World>, session: Arc<Session>) -> Result<Option<Arc<Session>>, Violation> {
        let mut actor = world.actor(1, Some(session));
        let mut threads: VecDeque<Thread> = VecDeque::new();
        let mut number = 1;
        let mut result = Ok(());
        for step in &self.steps {
            result = match step {
                Step::Do(op) => actor.apply(op),
                Step::Join => join(threads.pop_front()),
                Step::Spawn(ops) => {
                    let oldest =
                        if threads.len() < usize::from(self.options.threads) { None } else { threads.pop_front() };
                    number += 1;
                    threads.push_back(spawn(Arc::clone(world), actor.counted_session(), number, ops.clone()));
                    join(oldest)
                }
            };
            if result.is_err() {
                break;
            }
        }
        // Threads are joined also after a violation, so none runs when it is reported.
        let joined = threads.into_iter().map(|thread| join(Some(thread))).fold(Ok(()), Result::and);
        result.and(joined)?;
        actor.verify()?;
        Ok(actor.counted_session())
    }
}

fn spawn(world: Arc<World>, session: Option<Arc<Session>>, number: u64, ops: Vec<Op>) -> Thread {
    thread::spawn(move || {
        let mut actor = world.actor(number, session);
        ops.iter().try_for_each(|op| actor.apply(op))?;
        actor.verify()
    })
}

fn join(thread: Option<Thread>) -> Result<(), Violation> {
    match thread.map(JoinHandle::join) {
        None => Ok(()),
        Some(Ok(result)) => result,
        // The library panicked in that thread. The panic goes on here.
        Some(Err(payload)) => std::panic::resume_unwind(payload),
    }
}

/// Ends a session that no thread uses. Checks what is left, that the session still works, and that closing it finds no
/// buffer.
fn end(world: &World, session: Session, rekey_thread: bool) -> Result<Degraded, Violation> {
    let degraded = at_rest(world, &session, rekey_thread)?;
    still_usable(&session)?;
    // The seal there took COFFER. Each panic under COFFER is found by the next thread that takes it.
    let (recoveries, panics) = (session.health().degraded.poison_recoveries, world.tally.panics_under_coffer());
    Violation::unless(recoveries == panics, Guarantee::Visible, || {
        format!("poison_recoveries is {recoveries}, and the library panicked {panics} times under COFFER")
    })?;
    let report = session.close();
    Violation::unless(report == Default::default(), Guarantee::Wiped, || {
        format!("the end of the session found buffers: {report:?}")
    })?;
    Ok(degraded)
}

/// Checks a session that no thread uses.
fn at_rest(world: &World, session: &Session, rekey_thread: bool) -> Result<Degraded, Violation> {
    world.sim.heal();
    // A removal that found the registry busy is done by the next call that enters the registry: this one.
    let _ = session.health();
    let health = session.health();
    let left = (health.live_buffers, health.registered, health.parked, health.handed_over);
    Violation::unless(left == (0, 0, 0, 0), Guarantee::Wiped, || {
        format!("(live, registered, parked, handed over) buffers are left at rest: {left:?}")
    })?;
    let dirty = (session.audit().dirty_slots, health.degraded.dirty_slots);
    Violation::unless(dirty == (0, 0), Guarantee::Wiped, || "a free slot is not zero")?;
    degraded::provoked(&health.degraded, world.environment(), &world.tally)?;
    let mut wrong = world.tally.disagreements(&health.degraded);
    if !rekey_thread {
        wrong.extend(world.tally.disagreements_without_rekey_thread(&health));
    }
    Violation::unless(wrong.is_empty(), Guarantee::Visible, || wrong.join("; "))?;
    Ok(health.degraded)
}

/// Checks that the session still works.
fn still_usable(session: &Session) -> Result<(), Violation> {
    let mut secret = *b"the secret at the end";
    let content = secret;
    let sealed = session.buffer_from_bytes(&mut secret).and_then(|buffer| buffer.seal());
    let opened = sealed.and_then(|enclave| enclave.open()?.equals(&content));
    let is_right = Violation::unless_ok("at the end, sealing and opening", opened)?;
    Violation::unless(is_right, Guarantee::Exact, || "at the end an enclave opened to other bytes")
}

/// Checks that the session's pages are wiped and unmapped, but for what the session counted.
pub(crate) fn given_back(report: &SimReport, may_be_unwiped: bool, may_be_mapped: bool) -> Result<(), Violation> {
    let SimReport { unwiped_bytes, live_bytes, violations, .. } = report;
    let wiped = *unwiped_bytes == 0 || may_be_unwiped;
    Violation::unless(wiped, Guarantee::Wiped, || format!("{unwiped_bytes} bytes were given back unwiped"))?;
    let unmapped = *live_bytes == 0 || may_be_mapped;
    Violation::unless(unmapped, Guarantee::Wiped, || format!("{live_bytes} bytes are still mapped"))?;
    Violation::unless(violations.is_empty(), Guarantee::Wiped, || format!("the pages saw: {}", violations.join("; ")))
}
