//! Linux: a word that the thread waits for.

use crate::sync::leaf::wait;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// 1 from a ring until the wait that hears it.
#[derive(Debug)]
pub(crate) struct Bell(AtomicU32);

impl Bell {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(AtomicU32::new(0)))
    }

    pub(crate) fn ring(&self) {
        self.0.store(1, Ordering::Release);
        wait::wake(&self.0, 1);
    }

    pub(crate) fn wait(&self, until: Option<Instant>) -> bool {
        while self.0.swap(0, Ordering::Acquire) == 0 {
            if !wait::wait(&self.0, 0, until) {
                return false;
            }
        }
        true
    }
}
