//! Draws programs for simulated runs. Unlike those of deep schedules they are small and differ much: a bug needs few
//! operations, and the right ones.

use super::choices::Choices;
use super::op::Op;
use super::op_mix::MIXED;
use super::parts::Origin;
use super::program::{Options, Pages, Program, Step};

/// The most threads beside the main one.
const THREADS: usize = 5;

/// The most operations of a thread, not counting nested ones.
const OPS: usize = 12;

/// The same in a program in which all threads purge: one of these is drawn. The purge, and the buffers that are created
/// for it, come on top. Purges that meet share their work, and those of long threads seldom meet.
const OPS_AND_PURGE: [usize; 3] = [0, 0, 3];

/// How many buffers a thread of such a program creates first: one of these is drawn. Without buffers that are left to
/// wipe, purges that meet have nothing to share.
const CREATED: [u8; 5] = [0, 1, 3, 4, 4];

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
        let all_purge = choices.one_in(3);
        let quiet = all_purge || choices.one_in(2);
        let threads = if all_purge { choices.pick(&[1, 2, 2, 2]) } else { choices.below(THREADS + 1) };
        let options = Options {
            pages: choices.pick(&[Pages::Own, Pages::Concealed, Pages::Packed]),
            doublings: 0,
            pool_pages: choices.pick(&[0, 1, 16]),
            prefer: choices.one_in(4),
            rekey_thread: !quiet,
            threads: threads.max(1) as u8,
            shards: choices.pick(if all_purge { &[2, 2, 2, 3] } else { &[1, 1, 2, 3] }),
            ..Options::default()
        };
        let shape = Shape { weights: MIXED.draw_weights(choices), quiet, all_purge };
        let mut steps: Vec<Step> = (0..threads).map(|_| Step::Spawn(shape.thread(choices))).collect();
        steps.extend(shape.ops(choices).into_iter().map(Step::Do));
        if !quiet {
            steps.push(Step::Do(Op::LeaveSession));
        }
        Self { options, steps }
    }
}

/// What the threads of a program have in common.
struct Shape {
    weights: Vec<usize>,
    /// No thread leaves the session early.
    quiet: bool,
    /// Each thread purges at least once.
    all_purge: bool,
}

impl Shape {
    fn ops(&self, choices: &mut Choices) -> Vec<Op> {
        let count = if self.all_purge { choices.pick(&OPS_AND_PURGE) } else { OPS };
        let count = choices.below(count + 1);
        let mut ops: Vec<Op> = (0..count).map(|_| MIXED.draw_weighted(&self.weights, choices)).collect();
        if self.all_purge {
            ops.insert(choices.below(ops.len() + 1), Op::Purge);
            let create = |at| Op::Create { at, origin: Origin::Bytes, len: 8 };
            ops.splice(0..0, (0..choices.pick(&CREATED)).map(create));
        }
        ops
    }

    fn thread(&self, choices: &mut Choices) -> Vec<Op> {
        let mut ops = self.ops(choices);
        if !self.quiet {
            ops.insert(choices.below(ops.len() + 1), Op::LeaveSession);
        }
        if choices.one_in(3) {
            ops.insert(0, Op::ExpireWaits);
        }
        ops
    }
}
