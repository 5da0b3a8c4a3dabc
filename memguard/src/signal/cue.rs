//! A cue: a thread waits for it, and it is given once.

use crate::sync::Bell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) struct Cue {
    is_given: AtomicBool,
    bell: Bell,
}

impl Cue {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { is_given: AtomicBool::new(false), bell: Bell::new()? })
    }

    pub(super) fn give(&self) {
        self.is_given.store(true, Ordering::Release);
        self.bell.ring();
    }

    pub(super) fn wait(&self) {
        while !self.is_given.load(Ordering::Acquire) {
            self.bell.wait(None);
        }
    }
}
