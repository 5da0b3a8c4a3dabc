//! What lockdep reports, as values and as text.

use crate::sync::order::Class;
use crate::sync::outcome::{Mode, Outcome};
use crate::sync::site::Site;
use memguard_lockdep::Report;
use std::fmt;

/// A lock of the library, and where and how it was or would be taken.
///
/// ```
/// use memguard::sync::{Site, lockdep};
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// lockdep::visit_held(|held| assert_eq!(held.site, Site::BufferWrite));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acquisition {
    /// The kind of lock.
    pub class: Class,
    /// Which lock of that kind. Where several are waited for, the numbers are their order.
    pub number: u64,
    /// The site.
    pub site: Site,
    /// Shared or exclusive.
    pub mode: Mode,
}

impl fmt::Display for Acquisition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Shared => "shared",
            Mode::Exclusive => "exclusive",
        };
        write!(f, "{}#{} ({mode}) at {}", self.class, self.number, self.site)
    }
}

/// Which rule an acquisition broke.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let mutex = Mutex::new(Class::Pool, ());
/// let _wrong = mutex.lock(Site::CofferPurge).unwrap(); // another class's site
/// let lockdep::Violation::Site(misuse) = &lockdep::violations()[0] else { panic!() };
/// assert_eq!(misuse.rule, lockdep::Rule::WrongSite);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Waits for a second lock of a class, other than in the order of their numbers at
    /// [`Ordered`](crate::sync::Kind::Ordered) sites.
    Sequence,
    /// Waits while it holds a lock of a class that [is a leaf](Class::is_leaf).
    Leaf,
    /// The site's row in the table is for another class of lock.
    WrongSite,
    /// Waits where the table says try, or tries where it says wait.
    WrongKind,
    /// Had an outcome that the site's row in the table does not list.
    WrongOutcome(Outcome),
}

/// An acquisition that does not fit the table of sites.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let mutex = Mutex::new(Class::Pool, ());
/// let _wrong = mutex.lock(Site::CofferPurge).unwrap(); // another class's site
/// let lockdep::Violation::Site(misuse) = &lockdep::violations()[0] else { panic!() };
/// assert!(misuse.wanted.class == Class::Pool && misuse.wanted.site == Site::CofferPurge);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misuse {
    /// The rule.
    pub rule: Rule,
    /// The name and number of the first thread that did it.
    pub thread: String,
    /// The lock that it held, if the rule is about two locks.
    pub held: Option<Acquisition>,
    /// The lock that it wanted.
    pub wanted: Acquisition,
    /// How often the same sites broke the same rule.
    pub count: u64,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, thread, held, wanted, count } = self;
        write!(f, "ORDER broken ({rule:?}, {count}x) by thread {thread}: wants {wanted}")?;
        if let Some(held) = held {
            write!(f, " while it holds {held}")?;
        }
        if *rule == Rule::Sequence {
            write!(f, "; a thread waits for several {} locks only in the order of their numbers", wanted.class)?;
        }
        Ok(())
    }
}

/// Something that breaks the lock order of the library.
///
/// ```
/// for violation in memguard::sync::lockdep::violations() {
///     println!("{violation}");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// An acquisition that does not fit the table of sites.
    Site(Misuse),
    /// A report of [`memguard_lockdep`] in which all locks are the library's.
    Order(Report),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Site(misuse) => misuse.fmt(f),
            Violation::Order(report) => write!(f, "ORDER broken: {report}"),
        }
    }
}
