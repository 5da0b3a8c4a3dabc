//! The rules: each acquisition is checked against its site's entry in the table and against the ranks of what is held.
//!
//! Each chain of held sites → wanted site is checked once and then found in a cache. A chain that breaks a rule is
//! never cached, so each occurrence counts.

use super::host::process_number;
use super::instrument::Instrument;
use super::report::{Acquisition, Rule, ThreadSnapshot, Violation};
use super::table::Kind;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

static GOOD_CHAINS: Instrument<HashSet<u64>> = Instrument::new(process_number);
static VIOLATIONS: Instrument<Vec<Violation>> = Instrument::new(process_number);

/// Checks a lock that the thread asks for.
pub(super) fn order(thread: &ThreadSnapshot, wanted: Acquisition, waits: bool) {
    let chain = chain(thread, wanted, waits);
    // Where instances must ascend, a chain of sites does not show whether the order is right.
    let ascends = waits && wanted.site.kind == Kind::Ordered;
    if !ascends && GOOD_CHAINS.with(|chains| chains.contains(&chain)) {
        return;
    }
    let mut good = true;
    let mut broken = |rule, held| {
        good = false;
        self::broken(rule, thread, held, wanted);
    };
    if wanted.site.class != wanted.class {
        broken(Rule::WrongSite, None);
    }
    let as_stated = match wanted.site.kind {
        Kind::Block | Kind::Timed => waits,
        Kind::Try => !waits,
        Kind::Lease | Kind::Ordered => true,
    };
    if !as_stated {
        broken(Rule::WrongKind, None);
    }
    for &held in &thread.holds {
        if waits && held.instance == wanted.instance {
            broken(Rule::SelfDeadlock, Some(held));
        } else if ascends && held.class == wanted.class {
            if held.site.kind != Kind::Ordered || held.instance > wanted.instance {
                broken(Rule::Sequence, Some(held));
            }
        } else if waits && held.class.rank >= wanted.class.rank {
            broken(Rule::Rank, Some(held));
        } else if !wanted.site.may_hold.contains(&held.class) {
            broken(Rule::HeldSet, Some(held));
        }
    }
    if good {
        GOOD_CHAINS.with(|chains| chains.insert(chain));
    }
}

fn chain(thread: &ThreadSnapshot, wanted: Acquisition, waits: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    thread.holds.iter().for_each(|held| (held.class, held.site, held.mode).hash(&mut hasher));
    (wanted.class, wanted.site, wanted.mode, waits).hash(&mut hasher);
    hasher.finish()
}

/// Counts an acquisition that breaks a rule.
pub(super) fn broken(rule: Rule, thread: &ThreadSnapshot, held: Option<Acquisition>, wanted: Acquisition) {
    let sites = |held: Option<Acquisition>, wanted: Acquisition| (held.map(|held| held.site), wanted.site);
    VIOLATIONS.with(|violations| {
        let same = |old: &&mut Violation| old.rule == rule && sites(old.held, old.wanted) == sites(held, wanted);
        match violations.iter_mut().find(same) {
            Some(old) => old.count += 1,
            None => violations.push(Violation { rule, thread: thread.thread.clone(), held, wanted, count: 1 }),
        }
    });
}

/// Every violation seen in this process, each pair of sites once with its count.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
/// let _first = buffers.lock(Site::RegistryPurge).unwrap();
/// let _second = coffer.lock(Site::CofferPurge).unwrap(); // downwards
/// assert!(lockdep::violations()[0].to_string().contains("COFFER has rank 2 and BUFFERS rank 3"));
/// ```
pub fn violations() -> Vec<Violation> {
    VIOLATIONS.with(|violations| violations.clone())
}

/// How many acquisitions broke a rule so far.
///
/// ```
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// assert_eq!(memguard::sync::lockdep::violation_count(), 0);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn violation_count() -> u64 {
    VIOLATIONS.with(|violations| violations.iter().map(|violation| violation.count).sum())
}
