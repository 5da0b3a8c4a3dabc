//! Programs: a session, what its main thread does, and the threads that it starts.

use super::decode;
use super::op::Op;
use arbitrary::Arbitrary;
use memguard::{Isolation, MlockPolicy, Session, Sim};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything that a run does, as a value. proptest draws it, fuzz targets decode it from bytes, and failures print it
/// as code.
///
/// ```
/// use memguard_stress::ops::{Op, Options, Program, SharedCall, Step};
/// let program = Program {
///     options: Options::default(),
///     steps: vec![
///         Step::Spawn(vec![Op::Shared { at: 0, by: SharedCall::Write }]),
///         Step::Do(Op::Shared { at: 0, by: SharedCall::Read }),
///         Step::Join,
///         Step::Do(Op::Purge),
///     ],
/// };
/// program.run().unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// How the session is built.
    pub options: Options,
    /// What the main thread does. At the end it waits for all threads.
    pub steps: Vec<Step>,
}

/// A step of a program's main thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Applies an operation.
    Do(Op),
    /// Starts a thread that applies these, with buffers of its own. If more than [`Options::threads`] run then, waits
    /// for the oldest.
    Spawn(Vec<Op>),
    /// Waits for the oldest thread.
    Join,
}

/// How a program's session is built, on simulated pages, and how many threads use it.
#[derive(Clone, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub struct Options {
    /// How secrets lie on pages.
    pub pages: Pages,
    /// The size of a page is 64 bytes, doubled this many times, modulo 7.
    pub doublings: u8,
    /// `SessionBuilder::pool_pages`.
    #[arbitrary(with = decode::length)]
    pub pool_pages: u16,
    /// `SessionBuilder::stream_chunk`. 0 counts as 1.
    #[arbitrary(with = decode::length)]
    pub stream_chunk: u16,
    /// `MlockPolicy::Prefer`.
    pub prefer: bool,
    /// Whether the session has a rekey thread. Inputs do not decide it.
    #[arbitrary(default)]
    pub rekey_thread: bool,
    /// How many threads run at a time beside the main one. Inputs do not decide it.
    #[arbitrary(value = THREADS)]
    pub threads: u8,
    /// `SessionBuilder::acquire_timeout`, in microseconds. Below the default a wait may time out. Inputs do not decide
    /// it.
    #[arbitrary(value = PATIENCE_US)]
    pub acquire_timeout_us: u32,
    /// `SessionBuilder::shards`. Inputs do not decide it.
    #[arbitrary(value = SHARDS)]
    #[serde(default = "one_shard")]
    pub shards: u8,
}

/// All threads meet at one shard, which most programs are about.
const SHARDS: u8 = 1;

/// What a file from before there were shards means.
fn one_shard() -> u8 {
    SHARDS
}

/// The default number of microseconds that a wait may take. Only a program that hangs takes this long.
const PATIENCE_US: u32 = 60_000_000;

/// The default number of threads beside the main one.
const THREADS: u8 = 4;

/// How often a rekey thread ticks. Under a model it ticks at any time.
const REKEY_INTERVAL: Duration = Duration::from_millis(1);

/// How secrets lie on pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary, Serialize, Deserialize)]
pub enum Pages {
    /// Each secret has pages of its own.
    Own,
    /// Each secret has pages of its own, concealed at rest.
    Concealed,
    /// Many secrets share a page.
    Packed,
}

impl Default for Options {
    /// Pages of 4096 bytes, each secret on its own, a small pool, and chunks of 64 bytes.
    fn default() -> Self {
        Self {
            pages: Pages::Own,
            doublings: 6,
            pool_pages: 16,
            stream_chunk: 64,
            prefer: false,
            rekey_thread: false,
            threads: THREADS,
            acquire_timeout_us: PATIENCE_US,
            shards: SHARDS,
        }
    }
}

impl Options {
    /// New simulated pages of the chosen size.
    pub fn sim(&self) -> Sim {
        Sim::new(64 << (self.doublings % 7))
    }

    /// `SessionBuilder::stream_chunk`.
    pub fn chunk(&self) -> usize {
        usize::from(self.stream_chunk).max(1)
    }

    /// Whether waits may time out.
    pub fn is_impatient(&self) -> bool {
        self.acquire_timeout_us < PATIENCE_US
    }

    /// The session.
    ///
    /// # Errors
    /// As [`SessionBuilder::build`](memguard::SessionBuilder::build).
    pub fn build(&self, sim: &Sim) -> memguard::Result<Session> {
        Session::builder()
            .simulated(sim)
            .rekey_interval(self.rekey_thread.then_some(REKEY_INTERVAL))
            .isolation(match self.pages {
                Pages::Own => Isolation::Page,
                Pages::Concealed => Isolation::Concealed,
                Pages::Packed => Isolation::Packed,
            })
            .pool_pages(self.pool_pages.into())
            .stream_chunk(self.chunk())
            .mlock(if self.prefer { MlockPolicy::Prefer } else { MlockPolicy::Require })
            .acquire_timeout(Duration::from_micros(self.acquire_timeout_us.into()))
            .shards(self.shards.into())
            .build()
    }
}

impl Program {
    /// Whether it starts threads.
    pub fn is_concurrent(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Spawn(_)))
    }

    /// The number of operations, nested ones included.
    pub fn ops(&self) -> usize {
        let of_step = |step: &Step| match step {
            Step::Do(op) => op.count(),
            Step::Spawn(ops) => ops.iter().map(Op::count).sum(),
            Step::Join => 0,
        };
        self.steps.iter().map(of_step).sum()
    }
}
