//! thread-exit: threads come and go all the time, and the destructors of their thread-locals use the library.
//!
//! The library keeps notes of each thread in thread-locals too. Their destructors run in an order that the library does
//! not choose, so it must work when its own are gone already. Each thread has one [`Farewell`] from before its first
//! call of the library and one from after it, so one of the two outlives the library's thread-locals.

mod farewell;

use super::shared::stamped_buffer;
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::{Guarantee, Violation};
use farewell::{Answers, Farewell, When};
use memguard::Buffer;
use std::sync::Arc;
use std::sync::mpsc::channel;

pub(super) static SCENARIO: Scenario = Scenario {
    name: "thread-exit",
    purpose: "threads that come and go; destructors of their thread-locals read, write, seal, open, nest and destroy",
    // Each farewell does both.
    expects: &["accesses_refused", "handed_over_wipes"],
    min_threads: 2,
    run,
    ..Scenario::PLAIN
};

/// How many buffers all threads share.
const SHARED: u64 = 2;
const LEN: usize = 64;

/// How many threads of one worker come and go at a time.
const AT_A_TIME: usize = 2;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    let make = |id| stamped_buffer(context.session, context.seed, id, LEN).map(Arc::new);
    let shared: Vec<Arc<Buffer>> = context.require("Session::buffer", (1..=SHARED).map(make).collect())?;
    context.run_workers(|worker| {
        while worker.should_continue() {
            let result = come_and_go(worker, &shared);
            worker.check(result);
        }
    })?;
    Ok(())
}

/// Starts threads and waits until they are gone, destructors included.
fn come_and_go(worker: &mut Worker<'_>, shared: &[Arc<Buffer>]) -> Result<(), Violation> {
    let (tell, told) = channel();
    let mut threads = Vec::new();
    for _ in 0..AT_A_TIME {
        let mut farewell = |when| {
            let shared = Arc::clone(&shared[worker.choices.below(shared.len())]);
            let (content, id) = (worker.next_content(), worker.next_id());
            Farewell::new(when, worker.session(), shared, (worker.seed(), id), content, tell.clone())
        };
        let both = [farewell(When::Early), farewell(When::Late)];
        threads.push(both.into_iter().collect::<memguard::Result<Vec<_>>>());
    }
    drop(tell);
    let threads = Violation::unless_ok("making what a thread leaves behind", threads.into_iter().collect())?;
    let threads: Vec<Vec<Farewell>> = threads;
    let all_ended = worker.op("threads that come and go", || {
        let started =
            threads.into_iter().map(|farewells| std::thread::Builder::new().spawn(|| farewell::live(farewells)));
        // All are started before the first is joined. A join waits for the destructors too.
        let started: Vec<_> = started.collect();
        started.into_iter().map(|thread| thread.map(std::thread::JoinHandle::join)).all(|end| matches!(end, Ok(Ok(()))))
    });
    Violation::unless(
        all_ended,
        Guarantee::Progress,
        || "a thread could not start, or died of a panic that was not planted",
    )?;
    let answers: Vec<Answers> = told.into_iter().collect();
    Violation::unless(answers.len() == 2 * AT_A_TIME, Guarantee::Progress, || {
        format!("{} of {} destructors of thread-locals ran to their end", answers.len(), 2 * AT_A_TIME)
    })?;
    answers.into_iter().try_for_each(|answers| answers.judge(worker.tally()))
}
