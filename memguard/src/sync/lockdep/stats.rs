//! What was counted: how often each site had each outcome, and how often it was waited for under each other site's
//! lock.

use super::observer::{self, Event};
use super::report::Edge;
use super::table::{MOST_SITES, Outcome, Site};
use once_cell::race::OnceRef;
use std::sync::atomic::{AtomicU64, Ordering};

/// Every site that was seen, at its index.
static SITES: [OnceRef<'static, Site>; MOST_SITES] = [const { OnceRef::new() }; MOST_SITES];
static EDGES: [[AtomicU64; MOST_SITES]; MOST_SITES] = [const { [const { AtomicU64::new(0) }; MOST_SITES] }; MOST_SITES];
static OUTCOMES: [[AtomicU64; Outcome::ALL.len()]; MOST_SITES] =
    [const { [const { AtomicU64::new(0) }; Outcome::ALL.len()] }; MOST_SITES];

/// To be called once for each acquisition, before it is counted otherwise.
pub(super) fn saw(site: &'static Site) {
    SITES[site.index].get_or_init(|| site);
}

/// Both sites must have been [seen](saw).
pub(super) fn count_edge(held: &'static Site, wanted: &'static Site) {
    EDGES[held.index][wanted.index].fetch_add(1, Ordering::Relaxed);
    observer::tell(Event::Edge(held, wanted));
}

/// The site must have been [seen](saw).
pub(super) fn count_outcome(site: &'static Site, outcome: Outcome) {
    OUTCOMES[site.index][outcome as usize].fetch_add(1, Ordering::Relaxed);
    observer::tell(Event::Outcome(site, outcome));
}

fn sites() -> impl Iterator<Item = &'static Site> {
    SITES.iter().filter_map(OnceRef::get)
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
    let count = |held: &Site, wanted: &Site| EDGES[held.index][wanted.index].load(Ordering::Relaxed);
    sites()
        .flat_map(|held| sites().map(move |wanted| Edge { held, wanted, count: count(held, wanted) }))
        .filter(|edge| edge.count > 0)
        .collect()
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
pub fn outcomes() -> Vec<(&'static Site, Outcome, u64)> {
    let count = |site: &Site, outcome: Outcome| OUTCOMES[site.index][outcome as usize].load(Ordering::Relaxed);
    sites()
        .flat_map(|site| Outcome::ALL.iter().map(move |&outcome| (site, outcome, count(site, outcome))))
        .filter(|(_, _, count)| *count > 0)
        .collect()
}
