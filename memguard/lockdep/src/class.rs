//! Classes of locks. A class stands for all locks that play the same part in the program.

use crate::atomic_ref::AtomicRef;
use crate::leaf::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::leaf::{BUCKETS, CLASSES};
use crate::place::Place;
use serde::{Serialize, Serializer};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

/// What a thread can wait for.
///
/// ```
/// assert_eq!(memguard_lockdep::Kind::Mutex.to_string(), "Mutex");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Kind {
    /// A mutex.
    Mutex,
    /// A reader-writer lock.
    RwLock,
    /// Another lock of the program.
    Lock,
    /// A value or a step that one thread initialises while others wait.
    Once,
    /// A notification.
    Condvar,
    /// A barrier.
    Barrier,
    /// A message.
    Channel,
    /// The end of a thread.
    Join,
    /// Anything else that the program waits for.
    Event,
}

impl Kind {
    /// Whether another thread brings it about, instead of giving it back.
    pub(crate) fn is_event(self) -> bool {
        !matches!(self, Kind::Mutex | Kind::RwLock | Kind::Lock | Kind::Once)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What tells classes apart. Two locks of equal origin are of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    /// Tells locks of one class apart that a thread holds at once on purpose.
    pub(crate) subclass: u32,
}

/// What a class is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// As the program says.
    Given(&'static str),
    /// By the place where its locks are made. Where that is not known, by the place where a lock was first taken.
    Place(Place),
}

impl Origin {
    /// A hash of what is the same in every copy of a location.
    fn bucket(&self) -> usize {
        let mut hasher = DefaultHasher::new();
        match self.name {
            Name::Given(name) => name.hash(&mut hasher),
            Name::Place(place) => (place.line(), place.column()).hash(&mut hasher),
        }
        hasher.finish() as usize % BUCKETS
    }
}

/// The bit of the index that says that more than the class counts: each of its locks, in each edge.
pub(crate) const SINGLY: u32 = 1 << 23;

/// A class of locks: those with the same name, or those made at the same place of the source.
///
/// ```
/// # #[cfg(all(feature = "check", feature = "parking_lot"))] {
/// use memguard_lockdep::parking_lot::Mutex;
/// let accounts = Mutex::named("ACCOUNTS", 7);
/// let _guard = accounts.lock();
/// assert_eq!(memguard_lockdep::held()[0].class.to_string(), "ACCOUNTS");
/// # }
/// ```
pub struct Class {
    origin: Origin,
    /// A number that no other class of the process has. Odd numbers are those of events. [`SINGLY`] is one of its bits.
    pub(crate) index: u32,
    /// The index of the class of the same origin without a subclass.
    pub(crate) family: u32,
    /// Threads hold several locks of the class at once, so that instances matter.
    nests: AtomicBool,
    /// The next class of the same bucket.
    next: AtomicRef<Class>,
}

/// All classes. A class is added once and stays. Readers take no lock.
struct Table {
    /// Lists of classes, by the hash of their origin.
    buckets: [AtomicRef<Class>; BUCKETS],
    by_number: [AtomicRef<Class>; CLASSES],
    next: AtomicU32,
}

#[cfg(not(all(feature = "models", loom)))]
static TABLE: Table = Table {
    buckets: [const { AtomicRef::empty() }; BUCKETS],
    by_number: [const { AtomicRef::empty() }; CLASSES],
    next: AtomicU32::new(1),
};

// Each execution of a model begins with an empty table.
#[cfg(all(feature = "models", loom))]
loom::lazy_static! {
    static ref TABLE: Table = Table {
        buckets: std::array::from_fn(|_| AtomicRef::empty()),
        by_number: std::array::from_fn(|_| AtomicRef::empty()),
        next: AtomicU32::new(1),
    };
}

/// Room for the classes of the allocator's locks.
static SPARE: [OnceLock<Class>; 32] = [const { OnceLock::new() }; 32];
static NEXT_SPARE: AtomicUsize = AtomicUsize::new(0);

impl Class {
    /// The class of this origin. Classes are made once and live as long as the process.
    ///
    /// Where `allocate` says that this thread must not allocate, a class is made in memory that is set aside.
    pub(crate) fn of(origin: Origin, allocate: bool) -> &'static Class {
        let mut link = &TABLE.buckets[origin.bucket()];
        let mut new: Option<&'static Class> = None;
        loop {
            if let Some(class) = link.load() {
                if class.origin == origin {
                    return class;
                }
                link = &class.next;
                continue;
            }
            let class = *new.get_or_insert_with(|| Class::make(origin, allocate));
            // The last spare class is in another list already.
            if class.origin != origin {
                return class;
            }
            // Where another thread was first, the loop goes on with its class.
            if link.set(class) {
                return class;
            }
        }
    }

    fn make(origin: Origin, allocate: bool) -> &'static Class {
        let number = TABLE.next.fetch_add(1, Ordering::Relaxed).min(CLASSES as u32 - 1);
        // A lock of a subclass can be one of another subclass too. An initialiser ends once.
        let singly = if origin.subclass > 0 || origin.kind == Kind::Once { SINGLY } else { 0 };
        let index = number << 1 | u32::from(origin.kind.is_event()) | singly;
        let family =
            if origin.subclass > 0 { Class::of(Origin { subclass: 0, ..origin }, allocate).index } else { index };
        let new = || Class { origin, index, family, nests: AtomicBool::new(false), next: AtomicRef::empty() };
        let class = if allocate {
            Box::leak(Box::new(new()))
        } else {
            // Further locks of allocators are all of the last class.
            SPARE[NEXT_SPARE.fetch_add(1, Ordering::Relaxed).min(SPARE.len() - 1)].get_or_init(new)
        };
        // The last class keeps the first lock that it got.
        TABLE.by_number[number as usize].set(class);
        class
    }

    /// The class with this index. A thread that was given the index with an order finds its class.
    pub(crate) fn by_index(index: u32) -> Option<&'static Class> {
        TABLE.by_number.get(((index & !SINGLY) >> 1) as usize)?.load()
    }

    /// Whether each of its locks counts, in each edge.
    pub(crate) fn counts_singly(&self) -> bool {
        self.index & SINGLY != 0
    }

    /// A thread wants a lock of the class while it holds another one.
    pub(crate) fn note_nesting(&self) {
        self.nests.store(true, Ordering::Relaxed);
    }

    /// Whether a thread wanted a lock of the class while it held another one.
    pub(crate) fn nests(&self) -> bool {
        self.nests.load(Ordering::Relaxed)
    }

    /// What its locks are.
    pub fn kind(&self) -> Kind {
        self.origin.kind
    }

    /// The name that the program gave it.
    pub fn name(&self) -> Option<&'static str> {
        match self.origin.name {
            Name::Given(name) => Some(name),
            Name::Place(_) => None,
        }
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Class {}

impl Hash for Class {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin.name {
            Name::Given(name) => f.write_str(name)?,
            Name::Place(place) => write!(f, "{} of {place}", self.origin.kind)?,
        }
        if self.origin.subclass > 0 {
            write!(f, "/{}", self.origin.subclass)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
