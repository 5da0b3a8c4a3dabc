//! Counts what callers were told. The library's own counters must agree with it.

use memguard::{Degraded, Disposal, Error, Health, PurgeReport, Rekey};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Something that an answer of the library told its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    const ALL: [(Self, &'static str); 21] = [
        (Self::Destroyed, "destroyed"),
        (Self::SessionEnded, "session ended"),
        (Self::Frozen, "frozen"),
        (Self::KeyGone, "key gone"),
        (Self::WouldBlock, "would block"),
        (Self::Reentrant, "re-entrant"),
        (Self::WouldDeadlock, "would deadlock"),
        (Self::TimedOut, "timed out"),
        (Self::Limited, "limit reached"),
        (Self::NoRandomness, "no randomness"),
        (Self::Opened, "opened"),
        (Self::HandedOverByDestroy, "handed over by destroy"),
        (Self::HandedOverByPurge, "handed over by purge"),
        (Self::Purged, "purged"),
        (Self::RekeyDone, "rekey done"),
        (Self::RekeySkipped, "rekey skipped"),
        (Self::RekeyFailed, "rekey failed"),
        (Self::SeveralAtOnce, "several at once"),
        (Self::ReadFromStream, "read from a stream"),
        (Self::EndedQuietly, "ended quietly"),
        (Self::EndedInUse, "ended in use"),
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

    /// What callers were told at least once, by name.
    pub fn seen(&self) -> impl Iterator<Item = &'static str> {
        Told::ALL.iter().filter(|&&(told, _)| self.count(told) > 0).map(|&(_, name)| name)
    }

    /// Where the library's counters differ from what callers were told, in words.
    ///
    /// `rekeys_skipped` may be higher, because the session's rekey thread tells no caller.
    pub fn disagreements(&self, degraded: &Degraded) -> Vec<String> {
        let handed_over = self.count(Told::HandedOverByDestroy) + self.count(Told::HandedOverByPurge);
        let refused = self.count(Told::Reentrant) + self.count(Told::WouldDeadlock);
        let exact = [
            ("handed_over_wipes", handed_over, degraded.handed_over_wipes),
            ("accesses_refused", refused, degraded.accesses_refused),
            ("acquire_timeouts", self.count(Told::TimedOut), degraded.acquire_timeouts),
            ("limits_reached", self.count(Told::Limited), degraded.limits_reached),
        ];
        let excused = |kind: &str, told: u64, counted: u64| match kind {
            "handed_over_wipes" => (told..=told + self.untold_wipes.load(Ordering::Relaxed)).contains(&counted),
            "acquire_timeouts" => (told..=told + self.untold_timeouts.load(Ordering::Relaxed)).contains(&counted),
            "limits_reached" => self.has_page_faults(),
            _ => false,
        };
        let wrong = exact.into_iter().filter(|&(kind, told, counted)| told != counted && !excused(kind, told, counted));
        let mut all: Vec<String> = wrong.map(disagreement).collect();
        let skipped = self.count(Told::RekeySkipped);
        if degraded.rekeys_skipped < skipped {
            let counted = degraded.rekeys_skipped;
            all.push(format!("rekeys_skipped: callers were told of {skipped}, the session counted only {counted}"));
        }
        all
    }

    /// Like [`disagreements`](Self::disagreements), for purges and rekeys. Without a rekey thread only callers cause
    /// them.
    pub fn disagreements_without_rekey_thread(&self, health: &Health) -> Vec<String> {
        let exact = [
            ("purges", self.count(Told::Purged), health.purges),
            ("rekeys", self.count(Told::RekeyDone), health.rekeys),
            ("rekeys_skipped", self.count(Told::RekeySkipped), health.degraded.rekeys_skipped),
            ("rekeys_failed", self.count(Told::RekeyFailed), health.degraded.rekeys_failed),
        ];
        exact.into_iter().filter(|(_, told, counted)| told != counted).map(disagreement).collect()
    }

    fn count(&self, told: Told) -> u64 {
        // Relaxed: the counts are read after the threads that counted were joined.
        self.counts[told as usize].load(Ordering::Relaxed)
    }

    fn add(&self, told: Told, n: u64) {
        self.counts[told as usize].fetch_add(n, Ordering::Relaxed);
    }
}

fn disagreement((kind, told, counted): (&str, u64, u64)) -> String {
    format!("{kind}: callers were told of {told}, the session counted {counted}")
}
