//! What callers were told: the independent account of degraded outcomes.

use memguard::{Degraded, Disposal, Error, PurgeReport, Rekey};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts every degraded outcome that an answer of the library told its caller.
///
/// **VISIBLE:** the library's own counters must say the same: no more, no less.
///
/// ```
/// use memguard_stress::ops::Tally;
/// let session = memguard::Session::builder().rekey_interval(None).build()?;
/// let tally = Tally::default();
/// let buffer = session.buffer(8)?;
/// let inside = buffer.read()?;
/// tally.disposal(buffer.destroy()?);
/// drop(inside);
/// assert!(tally.disagreements(&session.health().degraded).is_empty());
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Tally {
    handed_over: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
    limited: AtomicU64,
    skipped: AtomicU64,
    /// A call may have handed a wipe over without saying so.
    untold: AtomicBool,
    /// A planted fault may have become a limit that was overcome, or that no pages were asked for at.
    faults: AtomicBool,
}

impl Tally {
    /// A call answered with this error.
    pub fn error(&self, error: &Error) {
        let counter = match error {
            Error::Reentrant { .. } | Error::WouldDeadlock { .. } => &self.refused,
            Error::Timeout { .. } => &self.timed_out,
            Error::Limit(_) => &self.limited,
            _ => return,
        };
        add(counter, 1);
    }

    /// A buffer was destroyed in this way.
    pub fn disposal(&self, disposal: Disposal) {
        add(&self.handed_over, u64::from(disposal == Disposal::HandedOver));
    }

    /// A purge reported this.
    pub fn purge(&self, report: &PurgeReport) {
        add(&self.handed_over, report.handed_over);
    }

    /// A rekey came to this.
    pub fn rekey(&self, rekey: Rekey) {
        add(&self.skipped, u64::from(rekey == Rekey::Skipped));
    }

    /// A call that destroys a buffer on the way, which others may be inside, does not say how the buffer ended.
    pub fn may_have_handed_over(&self) {
        self.untold.store(true, Ordering::Relaxed);
    }

    /// A fault was planted: the account of limits is off from now on.
    pub fn fault_planted(&self) {
        self.faults.store(true, Ordering::Relaxed);
    }

    /// Where the library's counters say something else than its callers were told, in words.
    ///
    /// `rekeys_skipped` may be higher than told: a rekey thread of the session tells nobody.
    pub fn disagreements(&self, degraded: &Degraded) -> Vec<String> {
        let told = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let exact = [
            ("handed_over_wipes", told(&self.handed_over), degraded.handed_over_wipes),
            ("accesses_refused", told(&self.refused), degraded.accesses_refused),
            ("acquire_timeouts", told(&self.timed_out), degraded.acquire_timeouts),
            ("limits_reached", told(&self.limited), degraded.limits_reached),
        ];
        let excused = |kind: &str, told: u64, counted: u64| match kind {
            "handed_over_wipes" => self.untold.load(Ordering::Relaxed) && told < counted,
            "limits_reached" => self.faults.load(Ordering::Relaxed),
            _ => false,
        };
        let wrong = exact.into_iter().filter(|&(kind, told, counted)| told != counted && !excused(kind, told, counted));
        let mut all: Vec<String> = wrong
            .map(|(kind, told, counted)| format!("{kind}: callers were told of {told}, the session counted {counted}"))
            .collect();
        let skipped = told(&self.skipped);
        if degraded.rekeys_skipped < skipped {
            let counted = degraded.rekeys_skipped;
            all.push(format!("rekeys_skipped: callers were told of {skipped}, the session counted only {counted}"));
        }
        all
    }
}

/// Relaxed: the count is read after the threads that counted were joined.
fn add(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}
