//! Counts what callers were told. The library's own counters must agree with it.

use memguard::{Degraded, Disposal, Error, Health, PurgeReport, Rekey};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Something that an answer of the library told its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// `Error::Destroyed`.
    Destroyed,
    /// `Error::SessionEnded`.
    SessionEnded,
    /// `Error::Frozen`.
    Frozen,
    /// `Error::KeyGone`.
    KeyGone,
    /// `Error::WouldBlock`.
    WouldBlock,
    /// `Error::Reentrant`.
    Reentrant,
    /// `Error::WouldDeadlock`.
    WouldDeadlock,
    /// `Error::Timeout`.
    TimedOut,
    /// `Error::Limit`.
    Limited,
    /// `Error::System` of a call for randomness.
    NoRandomness,
    /// A shared enclave was opened.
    Opened,
    /// A destroyed buffer is wiped by the thread inside.
    HandedOverByDestroy,
    /// A purged buffer is wiped by the thread inside.
    HandedOverByPurge,
    /// A purge returned.
    Purged,
    /// A rekey is done.
    RekeyDone,
    /// A rekey was skipped.
    RekeySkipped,
    /// A rekey failed.
    RekeyFailed,
    /// Several shared buffers were entered at once.
    SeveralAtOnce,
    /// A shared stream gave bytes.
    ReadFromStream,
    /// The session ended after all threads.
    EndedQuietly,
    /// The session ended while threads used its buffers.
    EndedInUse,
}

impl Told {
    #[rustfmt::skip]
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Destroyed, Self::SessionEnded, Self::Frozen, Self::KeyGone, Self::WouldBlock, Self::Reentrant,
        Self::WouldDeadlock, Self::TimedOut, Self::Limited, Self::NoRandomness, Self::Opened,
        Self::HandedOverByDestroy, Self::HandedOverByPurge, Self::Purged, Self::RekeyDone, Self::RekeySkipped,
        Self::RekeyFailed, Self::SeveralAtOnce, Self::ReadFromStream, Self::EndedQuietly, Self::EndedInUse,
    ];
}

/// Counts what the library's answers told their callers, degraded outcomes above all.
///
/// **VISIBLE:** the library's own counters must be the same.
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
    counts: [AtomicU64; Told::ALL.len()],
    /// How many calls may have handed a wipe over without saying so.
    untold_wipes: AtomicU64,
    /// How many calls did a part of their work, and may have timed out at the rest without saying so.
    untold_timeouts: AtomicU64,
    /// How many planted panics unwound over COFFER.
    panics_under_coffer: AtomicU64,
    /// A fault was planted.
    faults: AtomicBool,
    /// A fault of the page calls was planted. The library may overcome it, and callers are then not told of every limit
    /// that it counts.
    page_faults: AtomicBool,
}

impl Tally {
    /// Counts that a caller was told this.
    pub fn note(&self, told: Told) {
        self.add(told, 1);
    }

    /// Counts an error that a call returned.
    pub fn error(&self, error: &Error) {
        self.note(match error {
            Error::Destroyed => Told::Destroyed,
            Error::SessionEnded => Told::SessionEnded,
            Error::Frozen => Told::Frozen,
            Error::KeyGone => Told::KeyGone,
            Error::WouldBlock { .. } => Told::WouldBlock,
            Error::Reentrant { .. } => Told::Reentrant,
            Error::WouldDeadlock { .. } => Told::WouldDeadlock,
            Error::Timeout { .. } => Told::TimedOut,
            Error::Limit(_) => Told::Limited,
            Error::System { call: "getrandom", .. } => Told::NoRandomness,
            _ => return,
        });
    }

    /// Counts how a buffer was destroyed.
    pub fn disposal(&self, disposal: Disposal) {
        self.add(Told::HandedOverByDestroy, u64::from(disposal == Disposal::HandedOver));
    }

    /// Counts the report of a purge.
    pub fn purge(&self, report: &PurgeReport) {
        self.note(Told::Purged);
        self.add(Told::HandedOverByPurge, report.handed_over);
    }

    /// Counts the result of a rekey.
    pub fn rekey(&self, rekey: Rekey) {
        match rekey {
            Rekey::Done => self.note(Told::RekeyDone),
            Rekey::Skipped => self.note(Told::RekeySkipped),
            _ => {}
        }
    }

    /// Notes a call that destroys a buffer which other threads may be inside, and that does not say whether it handed
    /// the wipe over.
    pub fn may_have_handed_over(&self) {
        self.untold_wipes.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a call that did only a part of its work and does not say why.
    pub fn may_have_timed_out(&self) {
        self.untold_timeouts.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a planted fault. After a fault of the page calls, limits are no longer compared.
    pub fn fault_planted(&self, of_pages: bool) {
        self.faults.store(true, Ordering::Relaxed);
        self.page_faults.fetch_or(of_pages, Ordering::Relaxed);
    }

    /// Notes a planted panic that unwound over COFFER.
    pub(super) fn panicked_under_coffer(&self) {
        self.panics_under_coffer.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    pub(super) fn panics_under_coffer(&self) -> u64 {
        self.panics_under_coffer.load(Ordering::Relaxed)
    }

    /// Whether faults were planted.
    pub(super) fn has_faults(&self) -> bool {
        self.faults.load(Ordering::Relaxed)
    }

    /// Whether faults of the page calls were planted.
    pub(super) fn has_page_faults(&self) -> bool {
        self.page_faults.load(Ordering::Relaxed)
    }

    /// Whether a caller was told this.
    pub(super) fn has(&self, told: Told) -> bool {
        self.count(told) > 0
    }

    /// What callers were told at least once.
    pub fn seen(&self) -> impl Iterator<Item = Told> {
        Told::ALL.into_iter().filter(|&told| self.has(told))
    }

    /// Where the library's counters differ from what callers were told, in words.
    ///
    /// `rekeys_skipped` may be higher, because the session's rekey thread tells no caller.
    pub fn disagreements(&self, degraded: &Degraded) -> Vec<String> {
        let handed_over = self.count(Told::HandedOverByDestroy) + self.count(Told::HandedOverByPurge);
        let refused = self.count(Told::Reentrant) + self.count(Told::WouldDeadlock);
        let (timed_out, limited) = (self.count(Told::TimedOut), self.count(Told::Limited));
        let untold = |calls: &AtomicU64| calls.load(Ordering::Relaxed);
        let limits = if self.has_page_faults() { 0..=u64::MAX } else { limited..=limited };
        disagreements([
            ("handed_over_wipes", handed_over..=handed_over + untold(&self.untold_wipes), degraded.handed_over_wipes),
            ("accesses_refused", refused..=refused, degraded.accesses_refused),
            ("acquire_timeouts", timed_out..=timed_out + untold(&self.untold_timeouts), degraded.acquire_timeouts),
            ("limits_reached", limits, degraded.limits_reached),
            ("rekeys_skipped", self.count(Told::RekeySkipped)..=u64::MAX, degraded.rekeys_skipped),
        ])
    }

    /// Like [`disagreements`](Self::disagreements), for purges and rekeys. Without a rekey thread only callers cause
    /// them.
    pub fn disagreements_without_rekey_thread(&self, health: &Health) -> Vec<String> {
        let exactly = |told: Told| self.count(told)..=self.count(told);
        disagreements([
            ("purges", exactly(Told::Purged), health.purges),
            ("rekeys", exactly(Told::RekeyDone), health.rekeys),
            ("rekeys_skipped", exactly(Told::RekeySkipped), health.degraded.rekeys_skipped),
            ("rekeys_failed", exactly(Told::RekeyFailed), health.degraded.rekeys_failed),
        ])
    }

    fn count(&self, told: Told) -> u64 {
        // Relaxed: the counts are read after the threads that counted were joined.
        self.counts[told as usize].load(Ordering::Relaxed)
    }

    fn add(&self, told: Told, n: u64) {
        self.counts[told as usize].fetch_add(n, Ordering::Relaxed);
    }
}

/// The counters that are not among the counts that callers were told of.
fn disagreements<const N: usize>(kinds: [(&str, RangeInclusive<u64>, u64); N]) -> Vec<String> {
    let wrong = kinds.into_iter().filter(|(_, told, counted)| !told.contains(counted));
    let in_words = |(kind, told, counted): (&str, RangeInclusive<u64>, u64)| {
        format!("{kind}: callers were told of {}, the session counted {counted}", told.start())
    };
    wrong.map(in_words).collect()
}
