//! The rules: each acquisition is compared with its site's row in the table. The order of the ranks is declared to
//! `memguard_lockdep`, which checks it.

use super::held::visit_held;
use super::stats;
use super::violation::{Acquisition, Misuse, Rule, Violation};
use crate::sync::instrument::Instrument;
use crate::sync::leaf;
use crate::sync::leaf::process::process_number;
use crate::sync::order::Class;
use crate::sync::outcome::{Kind, Outcome};
use memguard_lockdep::Report;
use once_cell::race::OnceBool;

static MISUSES: Instrument<Vec<Misuse>> = Instrument::new(process_number);
static DECLARED: OnceBool = OnceBool::new();

/// Tells `memguard_lockdep` which class of lock comes before which. The first call does it.
pub(crate) fn declare_ranks() {
    DECLARED.get_or_init(|| {
        let before = |one: &Class, other: &Class| one != other && one.rank() <= other.rank();
        for one in Class::ALL {
            for other in Class::ALL.iter().filter(|other| before(one, other)) {
                memguard_lockdep::declare_order(&[one.full_name(), other.full_name()]);
            }
        }
        true
    });
}

/// The thread asks for a lock. `waits` says whether it waits if the lock is not free.
pub(crate) fn asks(wanted: Acquisition, waits: bool) {
    let Acquisition { class, number, site, .. } = wanted;
    if site.class() != class {
        broken(Rule::WrongSite, None, wanted);
    }
    let as_stated = match site.kind() {
        Kind::Block | Kind::Timed => waits,
        Kind::Try => !waits,
        Kind::Lease | Kind::Ordered => true,
    };
    if !as_stated {
        broken(Rule::WrongKind, None, wanted);
    }
    if waits {
        visit_held(|held| {
            stats::count_edge(held.site, site);
            let ordered = held.site.kind() == Kind::Ordered && site.kind() == Kind::Ordered;
            if held.class != class && held.class.is_leaf() {
                broken(Rule::Leaf, Some(*held), wanted);
            }
            if held.class == class && held.number != number && !(ordered && held.number < number) {
                broken(Rule::Sequence, Some(*held), wanted);
            }
        });
    }
}

/// The acquisition had this outcome.
pub(crate) fn came_out(wanted: Acquisition, outcome: Outcome) {
    stats::count_outcome(wanted.site, outcome);
    if !wanted.site.can(outcome) {
        broken(Rule::WrongOutcome(outcome), None, wanted);
    }
}

#[cold]
fn broken(rule: Rule, held: Option<Acquisition>, wanted: Acquisition) {
    let sites = |held: Option<Acquisition>, wanted: Acquisition| (held.map(|held| held.site), wanted.site);
    MISUSES.with(|misuses| {
        let same = |old: &&mut Misuse| old.rule == rule && sites(old.held, old.wanted) == sites(held, wanted);
        match misuses.iter_mut().find(same) {
            Some(old) => old.count += 1,
            None => misuses.push(Misuse { rule, thread: leaf::thread_name(), held, wanted, count: 1 }),
        }
    });
}

/// Everything seen in this process that breaks the lock order of the library.
///
/// A misuse of a site is listed once with its count, and an order of classes once.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let (coffer, buffers) = (Mutex::new(Class::Coffer, ()), Mutex::new(Class::Buffers, ()));
/// let _first = buffers.lock(Site::RegistryPurge).unwrap();
/// let _second = coffer.lock(Site::CofferPurge).unwrap(); // downwards
/// assert!(lockdep::violations()[0].to_string().contains("COFFER"));
/// ```
pub fn violations() -> Vec<Violation> {
    let misuses = MISUSES.with(|misuses| misuses.clone()).into_iter().map(Violation::Site);
    let orders = memguard_lockdep::reports().into_iter().filter(is_own).map(Violation::Order);
    misuses.chain(orders).collect()
}

/// Whether a report is about the library's locks alone.
fn is_own(report: &Report) -> bool {
    let own = |name: Option<&str>| Class::ALL.iter().any(|class| name == Some(class.full_name()));
    let all_own = report.steps.iter().all(|step| own(step.held.class.name()) && own(step.wanted.class.name()));
    all_own && report.verdict.is_deadlock()
}

/// How many there are in [`violations`].
///
/// ```
/// memguard::Buffer::new(8)?.with_data(|_| memguard::purge())?;
/// assert_eq!(memguard::sync::lockdep::violation_count(), 0);
/// # Ok::<(), memguard::Error>(())
/// ```
pub fn violation_count() -> usize {
    violations().len()
}

/// Forgets all violations, and what `memguard_lockdep` has learned, so that the next run of the same program is
/// reported like the first. What threads hold stays known.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// drop(Mutex::new(Class::Pool, ()).lock(Site::CofferPurge)); // another class's site
/// lockdep::forget();
/// assert_eq!(lockdep::violations(), []);
/// ```
pub fn forget() {
    MISUSES.with(Vec::clear);
    memguard_lockdep::forget();
}
