//! Which process the watched program is in. A forked child forgets what lockdep knew in its parent, and starts anew.

use super::instrument::Process;
use once_cell::race::OnceBox;

static NUMBER: OnceBox<fn() -> u32> = OnceBox::new();

/// How to ask for the number of this process. The first way stays.
pub(super) fn set(number: fn() -> u32) {
    // Another thread may have been first.
    let _ = NUMBER.set(Box::new(number));
}

/// The process of the watched program. Before a lock is asked for it has the number 0.
pub(crate) struct Watched;

impl Process for Watched {
    fn number() -> u32 {
        NUMBER.get().map_or(0, |number| number())
    }
}
