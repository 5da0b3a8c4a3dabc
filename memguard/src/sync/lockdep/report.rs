//! What lockdep reports, as values and as text.

use super::table::{Class, Mode, Outcome, Site};
use std::fmt;

/// One lock, and where and how it was or would be taken.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let graph = memguard::sync::lockdep::snapshot();
/// let held = graph.threads[0].holds[0];
/// assert!(held.to_string().starts_with("ACCESS#") && held.to_string().ends_with("(exclusive) at BufferWrite"));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Acquisition {
    /// The kind of lock.
    pub class: &'static Class,
    /// Which lock of that kind: a number that no other lock of the process has.
    pub instance: u64,
    /// The place in the source.
    pub site: &'static Site,
    /// Shared or exclusive.
    pub mode: Mode,
}

impl fmt::Display for Acquisition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Shared => "shared",
            Mode::Exclusive => "exclusive",
        };
        write!(f, "{}#{} ({mode}) at {}", self.class, self.instance, self.site)
    }
}

/// Which rule an acquisition broke.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let mutex = Mutex::new(Class::Pool, ());
/// let _wrong = mutex.lock(Site::CofferPurge).unwrap(); // another class's site
/// assert_eq!(lockdep::violations()[0].rule, lockdep::Rule::WrongSite);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Waits for a lock that does not rank above the one held.
    Rank,
    /// Waits at an [`Ordered`](super::Kind::Ordered) site while it holds a lock that does not precede the wanted one,
    /// or that was taken at a site of another kind.
    Sequence,
    /// Waits for a lock that the thread itself holds.
    SelfDeadlock,
    /// Holds something that the site's entry in the table does not allow.
    HeldSet,
    /// The site's entry in the table is for another class of lock.
    WrongSite,
    /// Waits where the table says try, or tries where it says wait.
    WrongKind,
    /// Had an outcome that the site's entry in the table does not list.
    WrongOutcome(Outcome),
}

/// An acquisition that broke a rule, with both sites.
///
/// ```
/// use memguard::sync::{Class, Mutex, Site, lockdep};
/// let mutex = Mutex::new(Class::Pool, ());
/// let _wrong = mutex.lock(Site::CofferPurge).unwrap(); // another class's site
/// let violation = &lockdep::violations()[0];
/// assert!(violation.wanted.class == Class::Pool && violation.wanted.site == Site::CofferPurge);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The name and number of the first thread that did it.
    pub thread: String,
    /// The lock that it held, with the site where it took it.
    pub held: Option<Acquisition>,
    /// The lock that it wanted, with the site where it asked for it.
    pub wanted: Acquisition,
    /// How often the same pair of sites broke the same rule.
    pub count: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, thread, held, wanted, count } = self;
        write!(f, "ORDER broken ({rule:?}, {count}x) by thread {thread}: wants {wanted}")?;
        if let Some(held) = held {
            write!(f, " while it holds {held}")?;
            if *rule == Rule::Sequence {
                write!(f, "; a thread waits for several {} locks only in the order of their numbers", wanted.class)?;
            }
            if *rule == Rule::Rank {
                let (low, high) = (wanted.class, held.class);
                write!(f, "; {low} has rank {} and {high} rank {}, so {low} may only be tried", low.rank, high.rank)?;
            }
        }
        Ok(())
    }
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
    pub held: &'static Site,
    /// Where the second lock was asked for.
    pub wanted: &'static Site,
    /// How often.
    pub count: u64,
}

/// What one thread holds and waits for.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let graph = memguard::sync::lockdep::snapshot();
/// assert_eq!((graph.threads[0].holds.len(), graph.threads[0].waits.len()), (1, 0));
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadSnapshot {
    /// Name and number.
    pub thread: String,
    /// Everything it holds, in the order in which it took it.
    pub holds: Vec<Acquisition>,
    /// What it waits for; the last entry is the innermost wait.
    pub waits: Vec<Acquisition>,
}

impl ThreadSnapshot {
    pub(super) fn is_empty(&self) -> bool {
        self.holds.is_empty() && self.waits.is_empty()
    }
}

/// Who holds what and who waits for whom, at one moment. Threads that neither hold nor wait are left out.
///
/// ```
/// let buffer = memguard::Buffer::new(8)?;
/// let _inside = buffer.write()?;
/// let graph = memguard::sync::lockdep::snapshot();
/// println!("{graph}"); // thread main (4711): holds ACCESS#12 (exclusive) at BufferWrite
/// # Ok::<(), memguard::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitGraph {
    /// The threads.
    pub threads: Vec<ThreadSnapshot>,
}

impl WaitGraph {
    /// The threads that hold the lock.
    ///
    /// ```
    /// let buffer = memguard::Buffer::new(8)?;
    /// let _inside = buffer.write()?;
    /// let graph = memguard::sync::lockdep::snapshot();
    /// let instance = graph.threads[0].holds[0].instance;
    /// assert_eq!(graph.holders(instance).count(), 1);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn holders(&self, instance: u64) -> impl Iterator<Item = (&ThreadSnapshot, &Acquisition)> {
        self.threads.iter().flat_map(move |thread| {
            thread.holds.iter().filter(move |held| held.instance == instance).map(move |held| (thread, held))
        })
    }
}

impl fmt::Display for WaitGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.threads.is_empty() {
            return writeln!(f, "no thread holds or waits for a lock");
        }
        for thread in &self.threads {
            writeln!(f, "thread {}", thread.thread)?;
            for held in &thread.holds {
                writeln!(f, "  holds {held}")?;
            }
            for wait in &thread.waits {
                writeln!(f, "  waits for {wait}")?;
                for (holder, held) in self.holders(wait.instance) {
                    writeln!(f, "    held by thread {}, taken at {}", holder.thread, held.site)?;
                }
            }
        }
        Ok(())
    }
}
