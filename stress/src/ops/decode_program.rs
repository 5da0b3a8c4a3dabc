//! Decodes a program from bytes: first the session's options, then steps until the input ends.

use super::choices::Choices;
use super::decode::list;
use super::op::Op;
use super::op_mix::{CONTENTION, DEEP, OpMix};
use super::program::{Options, Pages, Program, Step};
use arbitrary::{Arbitrary, Result, Unstructured};

/// Threads of a program for deep schedules.
const THREADS: usize = 6;

/// Operations of each of these threads, not counting nested ones.
const OPS: usize = 20;

/// Bytes from which each of these operations is decoded: more than most need.
const BYTES_PER_OP: usize = 16;

impl Program {
    /// Decodes a program from these bytes. Every input is valid. Half of the programs start threads.
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert_eq!(Program::decode(b""), Program::decode(b""));
    /// assert!(!Program::decode(&[1; 64]).steps.is_empty());
    /// ```
    pub fn decode(input: &[u8]) -> Self {
        decode(&mut Unstructured::new(input)).unwrap_or_default()
    }

    /// Decodes a program of one thread, with operations from this mix. Every input is valid.
    pub fn decode_from(mix: OpMix, input: &[u8]) -> Self {
        decode_steps(input, |input| mix.choose(input).map(Step::Do))
    }

    /// Decodes a program of several threads. Every input is valid.
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert!(Program::decode_threads(&[12; 100]).is_concurrent());
    /// ```
    pub fn decode_threads(input: &[u8]) -> Self {
        decode_steps(input, contending_step)
    }

    /// Draws a large program for deep schedules from this seed: six threads, each with twenty operations and others
    /// nested in them.
    ///
    /// In half of the programs the session ends after all threads. In the other half it has a rekey thread and ends
    /// while threads use its buffers. The waits of a third of the threads expire.
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert_eq!(Program::deep(7), Program::deep(7));
    /// assert_ne!(Program::deep(7), Program::deep(8));
    /// ```
    pub fn deep(seed: u64) -> Self {
        let mut choices = Choices::new(seed, 0);
        let quiet = choices.one_in(2);
        let options = Options {
            pages: choices.pick(&[Pages::Own, Pages::Own, Pages::Concealed, Pages::Packed]),
            // Wiping and checking pages is most of an execution's cost, so pages have the smallest size.
            doublings: 0,
            rekey_thread: !quiet,
            threads: THREADS as u8,
            ..Options::default()
        };
        let thread = |choices: &mut Choices| {
            let mut ops = deep_ops(choices, OPS);
            if !quiet {
                ops.insert(OPS / 2 + choices.below(OPS / 2), Op::LeaveSession);
            }
            if choices.one_in(3) {
                ops.insert(0, Op::ExpireWaits);
            }
            Step::Spawn(ops)
        };
        let mut steps: Vec<Step> = (0..THREADS).map(|_| thread(&mut choices)).collect();
        if !quiet {
            steps.push(Step::Do(Op::LeaveSession));
        }
        Self { options, steps }
    }
}

fn deep_ops(choices: &mut Choices, ops: usize) -> Vec<Op> {
    let bytes: Vec<u8> = (0..ops * BYTES_PER_OP).map(|_| choices.below(256) as u8).collect();
    let mut input = Unstructured::new(&bytes);
    (0..ops).filter_map(|_| DEEP.choose(&mut input).ok()).collect()
}

fn decode_steps(input: &[u8], step: impl Fn(&mut Unstructured<'_>) -> Result<Step>) -> Program {
    let mut input = Unstructured::new(input);
    let options = Options::arbitrary(&mut input).unwrap_or_default();
    let mut steps = Vec::new();
    while !input.is_empty() {
        // This does not fail. Behind the end of the input there are zeros.
        steps.extend(step(&mut input));
    }
    Program { options, steps }
}

/// Half of the programs start threads, in about a fifth of their steps.
fn decode(input: &mut Unstructured<'_>) -> Result<Program> {
    let options = input.arbitrary()?;
    let concurrent = bool::arbitrary(input)?;
    let mut steps = Vec::new();
    while !input.is_empty() {
        let spawned = if concurrent { u8::arbitrary(input)? % 16 } else { 0 };
        steps.push(match spawned {
            0..12 => Step::Do(input.arbitrary()?),
            12..15 => Step::Spawn(list(input, 16, Op::arbitrary)?),
            _ => Step::Join,
        });
    }
    Ok(Program { options, steps })
}

/// A third of the steps start a thread, because one thread alone has no schedule.
fn contending_step(input: &mut Unstructured<'_>) -> Result<Step> {
    Ok(match u8::arbitrary(input)? % 16 {
        0..10 => Step::Do(CONTENTION.choose(input)?),
        10..15 => Step::Spawn(list(input, 8, |input| CONTENTION.choose(input))?),
        _ => Step::Join,
    })
}
