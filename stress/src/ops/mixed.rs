//! Draws programs for simulated runs. Unlike those of deep schedules they are small and differ much: a bug needs few
//! operations, and the right ones.

use super::choices::Choices;
use super::op::Op;
use super::op_mix::MIXED;
use super::program::{Options, Pages, Program, Step};

/// The most threads beside the main one.
const THREADS: usize = 5;

/// The most operations of a thread, not counting nested ones.
const OPS: usize = 12;

impl Program {
    /// Draws a program for a simulated run: its options, the weight of each operation, the number of threads and of
    /// their operations. Faults of the system are among the operations.
    ///
    /// ```
    /// use memguard_stress::ops::{Choices, Program};
    /// let draw = |seed| Program::mixed(&mut Choices::new(seed, 0));
    /// assert!(draw(7) == draw(7) && draw(7) != draw(8));
    /// ```
    pub fn mixed(choices: &mut Choices) -> Self {
        let quiet = choices.one_in(2);
        let threads = choices.below(THREADS + 1);
        let all_purge = choices.one_in(4);
        let options = Options {
            pages: choices.pick(&[Pages::Own, Pages::Concealed, Pages::Packed]),
            doublings: 0,
            pool_pages: choices.pick(&[0, 1, 16]),
            prefer: choices.one_in(4),
            rekey_thread: !quiet,
            threads: threads.max(1) as u8,
            shards: choices.pick(if all_purge { &[1, 2, 3, 3] } else { &[1, 1, 2, 3] }),
            ..Options::default()
        };
        let weights = MIXED.draw_weights(choices);
        let mut steps: Vec<Step> =
            (0..threads).map(|_| Step::Spawn(thread(&weights, quiet, all_purge, choices))).collect();
        let mut ops = some_ops(&weights, choices);
        if all_purge {
            insert(Op::Purge, &mut ops, choices);
        }
        steps.extend(ops.into_iter().map(Step::Do));
        if !quiet {
            steps.push(Step::Do(Op::LeaveSession));
        }
        Self { options, steps }
    }
}

fn some_ops(weights: &[usize], choices: &mut Choices) -> Vec<Op> {
    (0..=choices.below(OPS)).map(|_| MIXED.draw_weighted(weights, choices)).collect()
}

fn insert(op: Op, ops: &mut Vec<Op>, choices: &mut Choices) {
    ops.insert(choices.below(ops.len() + 1), op);
}

/// The operations of a thread. It leaves the session early unless the program is `quiet`, and purges once more if all
/// threads do, because purges that meet share their work.
fn thread(weights: &[usize], quiet: bool, all_purge: bool, choices: &mut Choices) -> Vec<Op> {
    let mut ops = some_ops(weights, choices);
    if all_purge {
        insert(Op::Purge, &mut ops, choices);
    }
    if !quiet {
        insert(Op::LeaveSession, &mut ops, choices);
    }
    if choices.one_in(3) {
        ops.insert(0, Op::ExpireWaits);
    }
    ops
}
