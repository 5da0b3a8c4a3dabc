//! What a scenario promises beyond right answers.

/// How long things may take, and how unevenly threads may get on. Each bound is a multiple of what the run measures on
/// this machine before the first scenario, with as many threads. So a slow or busy machine does not break it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// For the p99.9 of an operation, as a multiple of the longest turn, which is at least 50 ms.
    pub p999: u32,
    /// For the longest operation, as a multiple of the same.
    pub max: u32,
    /// For the median time for which a lock of the library is held, as a multiple of a short hold, which is at least 1
    /// µs. Accesses are not judged: the code of users runs in them.
    pub hold: u32,
    /// What each worker adds to `hold`. A purge dooms the buffers of all under COFFER, a few steps for each.
    pub hold_per_worker: u32,
    /// For the longest operation of some kinds, by name, as a multiple of the longest turn. For waits that must end
    /// sooner than operations may take.
    pub kinds: &'static [(&'static str, u32)],
    /// For the longest wait for a lock of the library, by any thread, as a multiple of the longest turn. Waits for an
    /// access are not judged: the code of users decides how long they take.
    pub wait: u32,
    /// For the time from the end of the last worker until the session is whole, checked and closed, as a multiple of
    /// the longest turn.
    pub recovery: u32,
    /// For how many times as many operations as the slowest worker the fastest one completes, as a multiple of the same
    /// for turns. `None` if the workers do different work.
    pub spread: Option<u32>,
}

impl Contract {
    /// What every scenario keeps whose workers do different work. The bounds are wide: a fault of the library that is
    /// worth a name breaks them by more, and a busy machine does not break them.
    pub const USUAL: Self =
        Self { p999: 15, max: 50, hold: 200, hold_per_worker: 10, kinds: &[], wait: 40, recovery: 60, spread: None };

    /// The same where all workers do the same work.
    pub const FAIR: Self = Self { spread: Some(20), ..Self::USUAL };
}
