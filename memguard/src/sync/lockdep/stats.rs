//! What was counted: how often each site had each outcome, and how often it was waited for under each other site's
//! lock.

use super::observer::{self, Event};
use crate::sync::leaf;
use crate::sync::outcome::Outcome;
use crate::sync::site::Site;
use std::sync::atomic::{AtomicU64, Ordering};

const SITES: usize = Site::ALL.len();
/// Threads count in different places, so that they share no line of memory.
const SHARDS: usize = 8;

struct Counts {
    edges: [[AtomicU64; SITES]; SITES],
    outcomes: [[AtomicU64; Outcome::ALL.len()]; SITES],
}

static COUNTS: [Counts; SHARDS] = [const {
    Counts {
        edges: [const { [const { AtomicU64::new(0) }; SITES] }; SITES],
        outcomes: [const { [const { AtomicU64::new(0) }; Outcome::ALL.len()] }; SITES],
    }
}; SHARDS];

fn counts_here() -> &'static Counts {
    &COUNTS[leaf::thread_number() as usize % SHARDS]
}

/// The sum over all threads.
fn sum(count: impl Fn(&Counts) -> &AtomicU64) -> u64 {
    COUNTS.iter().map(|counts| count(counts).load(Ordering::Relaxed)).sum()
}

/// A pair of sites: a thread that held the lock of the first waited at the second.
///
/// ```
/// use memguard::sync::lockdep;
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// for edge in lockdep::edges() {
///     println!("{} was waited for {} times under {}", edge.wanted, edge.count, edge.held);
/// }
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Edge {
    /// Where the held lock had been taken.
    pub held: Site,
    /// Where the second lock was asked for.
    pub wanted: Site,
    /// How often.
    pub count: u64,
}

pub(super) fn count_edge(held: Site, wanted: Site) {
    counts_here().edges[held as usize][wanted as usize].fetch_add(1, Ordering::Relaxed);
    observer::tell(Event::Edge(held, wanted));
}

pub(super) fn count_outcome(site: Site, outcome: Outcome) {
    counts_here().outcomes[site as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    observer::tell(Event::Outcome(site, outcome));
}

/// Every pair of sites where a thread that held the lock of the first waited at the second.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// let is_purge = |edge: &lockdep::Edge| edge.held == Site::CofferPurge && edge.wanted == Site::RegistryPurge;
/// assert!(lockdep::edges().iter().any(is_purge));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn edges() -> Vec<Edge> {
    let count = |held: Site, wanted: Site| sum(|counts| &counts.edges[held as usize][wanted as usize]);
    let under = |held: Site| Site::ALL.iter().map(move |&wanted| Edge { held, wanted, count: count(held, wanted) });
    Site::ALL.iter().flat_map(|&held| under(held)).filter(|edge| edge.count > 0).collect()
}

/// How often each site had each outcome, without the zeros.
///
/// ```
/// use memguard::sync::{Outcome, Site, lockdep};
/// drop(memguard::Buffer::new(8)?);
/// let outcomes = lockdep::outcomes();
/// assert!(outcomes.iter().any(|&(site, outcome, _)| site == Site::PoolTake && outcome == Outcome::Acquired));
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn outcomes() -> Vec<(Site, Outcome, u64)> {
    let count = |site: Site, outcome: Outcome| sum(|counts| &counts.outcomes[site as usize][outcome as usize]);
    let of = |site: Site| Outcome::ALL.iter().map(move |&outcome| (site, outcome, count(site, outcome)));
    Site::ALL.iter().flat_map(|&site| of(site)).filter(|(_, _, count)| *count > 0).collect()
}
