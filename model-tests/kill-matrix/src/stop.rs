//! Asks a run to end before its time: a signal, or a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::MatrixError;

/// Whether the run is to end.
#[derive(Debug, Default)]
pub struct Stop {
    signal: Arc<AtomicUsize>,
    failed: AtomicBool,
    limit: Option<Instant>,
}

impl Stop {
    /// Stops after this time. Catches no signal.
    pub fn after(limit: Option<Duration>) -> Self {
        Self { limit: limit.map(|limit| Instant::now() + limit), ..Self::default() }
    }

    /// Stops at SIGINT and SIGTERM too.
    ///
    /// # Errors
    /// If the system does not let them be caught.
    pub fn at_signals(self) -> Result<Self, MatrixError> {
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&self.signal), number).map_err(MatrixError::Signals)?;
        }
        Ok(self)
    }

    /// Asks from inside, as a signal would: another worker failed.
    pub fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// As if this signal had come.
    pub fn signal(&self, number: usize) {
        self.signal.store(number, Ordering::Relaxed);
    }

    /// Whether the run is to end now.
    pub fn is_asked(&self) -> bool {
        self.signalled().is_some()
            || self.failed.load(Ordering::Relaxed)
            || self.limit.is_some_and(|limit| Instant::now() >= limit)
    }

    /// The signal that came.
    pub fn signalled(&self) -> Option<usize> {
        Some(self.signal.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }
}
