//! other-limits: the address space, the mappings or the threads of a process run out.
//!
//! Unlike `RLIMIT_MEMLOCK`, these limits also stop the code that judges. So they are lowered, or used up, in children
//! of one thread, while the other workers contend in the parent. A call that needs more must return an error of the
//! right type, and everything made before keeps its bytes. When the limit is lifted, all works again.

mod address_space;
mod mappings;
mod secrets;
mod threads;

use super::children::{beside_contention, fork, refused, says_something, wait_for_the_end};
use super::{RunContext, Scenario, ScenarioError, Worker};
use crate::child::End;
use crate::{Guarantee, Violation};
use std::io::{self, Read as _, Write as _};

pub(super) static SCENARIO: Scenario = Scenario {
    name: "other-limits",
    purpose: "use up address space, mappings or threads in children: errors must be typed, and all must work again",
    min_threads: 4,
    run,
    ..Scenario::PLAIN
};

/// So many workers have a child. To use up all mappings takes a processor for a while.
const FORKERS: usize = 1;

/// A limit of a child.
struct Limit {
    name: &'static str,
    /// Reaches the limit, and returns whether it could. On an error it returns what was seen.
    run_out: fn() -> Result<bool, String>,
    /// How a child that could not reach the limit is counted, among the operations.
    not_reached: &'static str,
}

const LIMITS: [Limit; 3] = [
    Limit { name: "RLIMIT_AS", run_out: address_space::run_out, not_reached: "not reaching RLIMIT_AS" },
    Limit { name: "vm.max_map_count", run_out: mappings::run_out, not_reached: "not reaching vm.max_map_count" },
    Limit { name: "RLIMIT_NPROC", run_out: threads::run_out, not_reached: "not reaching RLIMIT_NPROC" },
];

/// The exit code of a child that could not reach its limit.
const NOT_REACHED: i32 = 2;

fn run(context: &RunContext<'_>) -> Result<(), ScenarioError> {
    beside_contention(context, FORKERS, |worker| {
        let first = worker.index;
        for at in first.. {
            // A child of each kind, however short the time is.
            if at >= first + LIMITS.len() && !worker.should_continue() {
                return;
            }
            let result = run_out_in_a_child(worker, &LIMITS[at % LIMITS.len()]);
            worker.check(result);
        }
    })
}

fn run_out_in_a_child(worker: &mut Worker<'_>, limit: &'static Limit) -> Result<(), Violation> {
    let (mut heard, mut says) = io::pipe().map_err(|error| refused("a pipe", &error))?;
    let child = fork(worker, move || match (limit.run_out)() {
        Ok(true) => 0,
        Ok(false) => NOT_REACHED,
        Err(seen) => {
            // Without the text, the code still says that something was wrong.
            let _ = says.write_all(seen.as_bytes());
            1
        }
    })?;
    wait_for_the_end(worker, &child)?;
    let end = child.end();
    if end == Some(End::Code(NOT_REACHED)) {
        worker.op(limit.not_reached, || {});
        return Ok(());
    }
    Violation::unless(end == Some(End::Code(0)), Guarantee::Visible, || {
        // All of the text is in the pipe now. Other children may have its end, so its end is not waited for.
        let mut text = [0; 512];
        let len = if says_something(&heard) { heard.read(&mut text).unwrap_or(0) } else { 0 };
        let (end, text) = (end.map_or("nobody knows how".to_owned(), |end| end.to_string()), &text[..len]);
        format!("a child at {} ended with {end}: {}", limit.name, String::from_utf8_lossy(text))
    })
}
