//! What the peers offer to the programs.

mod lock_api_based;
mod no_deadlocks;
mod tracing_std;

pub use lock_api_based::{ParkingLotDetection, TracingParkingLot};
pub use no_deadlocks::NoDeadlocks;
pub use tracing_std::TracingStd;

use memguard_lockdep_corpus::harness;
use std::panic;

/// For tools that panic when they find a deadlock: takes their panics by what they say.
pub fn watch_panics(what: &'static str) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
        if text.is_some_and(|text| text.contains(what)) {
            harness::found(&info);
        }
        before(info);
    }));
}
