//! Deep schedules: large programs under many schedules, and planted bugs that the runner must find and replay.

#![cfg(shuttle)]

mod planted;
mod replays;

use memguard::sync::{Outcome, Site};
use memguard_stress::deep::{Deep, Policy, mixed};
use memguard_stress::ops::Told;

/// Most known bugs need two or three steps in the right order.
const PCT: Policy = Policy::Pct { depth: 3 };

/// The mixed scenario with what it must see. A run whose threads do not contend shows nothing. Outcomes of fewer than
/// one in a hundred schedules are left to the models.
fn announced(policy: Policy) -> Deep {
    use Outcome::{Acquired, Contended, TimedOut, WouldBlock};
    Deep::new("mixed", policy)
        .reaches(Site::BufferRead, &[Acquired, Contended, WouldBlock, TimedOut])
        .reaches(Site::BufferWrite, &[Acquired, Contended, WouldBlock, TimedOut])
        .reaches(Site::BufferTryRead, &[Acquired, WouldBlock])
        .reaches(Site::BufferTryWrite, &[Acquired, WouldBlock])
        .reaches(Site::BufferProtect, &[Acquired, WouldBlock])
        .reaches(Site::BuffersRead, &[Acquired, WouldBlock])
        .reaches(Site::BuffersWrite, &[Acquired, WouldBlock])
        .reaches(Site::StreamPush, &[Acquired])
        .reaches(Site::StreamOpened, &[Acquired])
        .reaches(Site::StreamTake, &[Acquired])
        .reaches(Site::SessionJoin, &[Acquired])
        .reaches(Site::LeaseWait, &[Acquired])
        .reaches(Site::LeaseWake, &[Acquired])
        .reaches(Site::PoolTake, &[Acquired, Contended])
        .reaches(Site::PoolPut, &[Acquired, Contended])
        .reaches(Site::RegistryAdd, &[Acquired, WouldBlock])
        .reaches(Site::RegistryRemove, &[Acquired, WouldBlock])
        .reaches(Site::RegistryPurge, &[Acquired, Contended])
        .reaches(Site::RegistryHealth, &[Acquired, Contended])
        .reaches(Site::CofferView, &[Acquired, Contended, TimedOut])
        .reaches(Site::CofferRekey, &[Acquired, WouldBlock])
        .reaches(Site::CofferPurge, &[Acquired, Contended])
        .sees(&[Told::Destroyed, Told::SessionEnded, Told::Frozen, Told::KeyGone, Told::WouldBlock, Told::Reentrant])
        .sees(&[Told::WouldDeadlock, Told::TimedOut, Told::Opened, Told::NoRandomness])
        .sees(&[Told::HandedOverByDestroy, Told::HandedOverByPurge, Told::Purged])
        .sees(&[Told::RekeyDone, Told::RekeySkipped, Told::RekeyFailed])
        .sees(&[Told::EndedQuietly, Told::EndedInUse, Told::SeveralAtOnce, Told::ReadFromStream])
}

#[test]
fn mixed_random() {
    announced(Policy::Random).run(mixed);
}

#[test]
fn mixed_pct() {
    announced(PCT).run(mixed);
}
