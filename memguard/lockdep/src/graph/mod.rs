//! The graph that the checker learns: which classes were wanted while which were held.

pub(crate) mod cycle;
mod topology;

use crate::acquisition::Acquisition;
use crate::loans::Loans;
use crate::messages::Messages;
use crate::mode::{Mode, Wait};
use crate::onces::Onces;
use crate::threads::clock::Moment;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use topology::Topology;

/// How many contexts an edge keeps, or two single locks. Of more, those stay that a later one is most likely to meet.
const CONTEXTS: usize = 16;
/// How many contexts a class keeps of its own locks held together. They are told apart by instance.
const SAME_CLASS_CONTEXTS: usize = 1024;

/// One way in which a thread held one lock and wanted another.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) thread: Arc<str>,
    pub(crate) moment: Moment,
    pub(crate) held: Acquisition,
    pub(crate) wanted: Acquisition,
    pub(crate) wait: Wait,
    /// The number of the thing that the thread wants of a channel, and how many it has given itself. 0 where nothing is
    /// counted.
    pub(crate) takes: (u64, u64),
    /// The number of the thing that keeps others waiting until it is given, and how many the thread has taken itself.
    pub(crate) gives: (u64, u64),
    /// It waits at this moment, and not at another one of which less is known. So what it was lent is a gate.
    pub(crate) is_timely: bool,
    /// The other locks that the thread held.
    pub(crate) gates: Vec<Acquisition>,
}

impl Context {
    /// Whether it can be part of every deadlock that the other can be part of.
    fn covers(&self, other: &Context) -> bool {
        self.moment.same(&other.moment)
            && self.held.mode == other.held.mode
            && self.wanted.mode == other.wanted.mode
            && self.is_timely <= other.is_timely
            && (self.wait == Wait::Block || other.wait != Wait::Block)
            && (!self.keeps_instances() || self.instances() == other.instances())
            && (self.takes.0 >= other.takes.0 && self.takes.1 <= other.takes.1)
            && (self.gives.0 <= other.gives.0 && self.gives.1 >= other.gives.1)
            && held_by(&self.gates, &other.gates)
    }

    /// Whether only the very instances count, not their classes.
    pub(crate) fn by_instance(&self) -> bool {
        let (held, wanted) = (self.held.class, self.wanted.class);
        held == wanted || held.kind().is_event() || wanted.kind().is_event()
    }

    /// Whether both locks are of one class, or of subclasses of it.
    pub(crate) fn is_within_family(&self) -> bool {
        self.held.class.family == self.wanted.class.family
    }

    /// Whether it says something of these instances that it does not say of others.
    fn keeps_instances(&self) -> bool {
        let (held, wanted) = (self.held.class, self.wanted.class);
        self.by_instance() || held.counts_singly() || wanted.counts_singly()
    }

    /// All that the thread held.
    pub(crate) fn locks(&self) -> impl Iterator<Item = &Acquisition> {
        self.gates.iter().chain([&self.held])
    }

    fn instances(&self) -> (u64, u64) {
        (self.held.instance, self.wanted.instance)
    }

    /// The ends of its edge. Locks of one family are compared by instance.
    fn ends(&self) -> (u64, u64) {
        let (held, wanted) = (self.held.class.family, self.wanted.class.family);
        if held == wanted { self.instances() } else { (held.into(), wanted.into()) }
    }
}

/// Whether all these locks are among those, held in the same way.
fn held_by(these: &[Acquisition], those: &[Acquisition]) -> bool {
    these.iter().all(|lock| those.iter().any(|also| also.instance == lock.instance && also.mode == lock.mode))
}

/// The edges between two classes: those that were held and wanted.
type Edges = HashMap<(u32, u32), Vec<Arc<Context>>>;

/// The edges by the family that was held.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    edges: HashMap<u32, Edges>,
    /// The edges between different families.
    families: Topology,
    /// For each family that nests, the locks that were held and wanted.
    instances: HashMap<u32, Topology>,
    /// Threads that wanted a class as its only holder: where readers queue behind writers, these let readers wait.
    /// They are by class, and by the one lock that was wanted. None is any lock of the class.
    writers: HashMap<u32, BTreeMap<Option<u64>, Vec<Writer>>>,
    /// What messages say about time.
    pub(crate) messages: Messages,
    /// The locks that threads hold while others work under them.
    pub(crate) loans: Loans,
    /// Which initialisers threads have passed.
    pub(crate) onces: Onces,
}

/// A thread that wanted to be the only holder of a lock, and what it held.
#[derive(Debug)]
struct Writer {
    moment: Moment,
    held: Vec<Acquisition>,
}

impl Writer {
    /// Whether it can wait for what a reader wants while the threads of these contexts are where they are.
    fn can_wait_beside(&self, messages: &Messages, cycle: &[&Context]) -> bool {
        cycle.iter().all(|context| {
            let apart = |own: &Acquisition| context.locks().any(|lock| keeps_apart(own, lock));
            messages.concurrent(&self.moment, &context.moment) && !self.held.iter().any(apart)
        })
    }
}

/// The one that meets the fewest others: it has ended before, or more locks keep it apart. Else the middle one.
fn least_useful<T>(all: &[T], meets: impl Fn(&T) -> (bool, usize)) -> usize {
    let usefulness = |at: &usize| {
        let (concurrent, locks) = meets(&all[*at]);
        (concurrent, Reverse(locks), at.abs_diff(all.len() / 2))
    };
    (0..all.len()).min_by_key(usefulness).unwrap_or(0)
}

/// The context that has to go before one more is kept, if one has to.
fn one_too_many(known: &[Arc<Context>], context: &Context) -> Option<usize> {
    let is_rival = |other: &Context| !context.keeps_instances() || other.instances() == context.instances();
    let rivals: Vec<usize> = (0..known.len()).filter(|&at| is_rival(&known[at])).collect();
    if rivals.len() >= CONTEXTS {
        let meets = |at: &usize| (known[*at].moment.concurrent(&context.moment), known[*at].gates.len());
        return Some(rivals[least_useful(&rivals, meets)]);
    }
    // Of single locks, the oldest are the first to be no more.
    (known.len() >= SAME_CLASS_CONTEXTS).then_some(0)
}

/// Whether two threads cannot hold these at the same time.
pub(crate) fn keeps_apart(one: &Acquisition, other: &Acquisition) -> bool {
    one.instance == other.instance && one.mode.conflicts(other.mode)
}

impl Graph {
    /// Adds a context. Returns it, and whether edges lead back from what it wants to what it holds. Returns nothing if
    /// the graph has one that covers it.
    pub(crate) fn add(&mut self, context: Context) -> Option<(Arc<Context>, bool)> {
        let (from, to) = (context.held.class, context.wanted.class);
        let known = self.edges.entry(from.family).or_default().entry((from.index, to.index)).or_default();
        let within = context.is_within_family();
        let topology = if within { self.instances.entry(from.family).or_default() } else { &mut self.families };
        let (held, wanted) = context.ends();
        if topology.has(held, wanted) && known.iter().any(|known| known.covers(&context)) {
            return None;
        }
        if let Some(at) = one_too_many(known, &context) {
            let (held, wanted) = known.remove(at).ends();
            topology.remove(held, wanted);
        }
        // Between subclasses, the classes can close a cycle where the instances do not.
        let closes = topology.add(held, wanted) || within && from != to;
        let context = Arc::new(context);
        known.push(context.clone());
        Some((context, closes))
    }

    /// Forgets in which order one lock of a family that nests was taken. The last context stays, to show the edge.
    pub(crate) fn forget_lock(&mut self, class: u32, instance: u64) {
        let Some(topology) = self.instances.get_mut(&class).filter(|topology| topology.has_node(instance)) else {
            return;
        };
        let is_of = |context: &Context| context.held.instance == instance || context.wanted.instance == instance;
        let mut forget = |context: &Context| {
            let (held, wanted) = context.ends();
            topology.remove(held, wanted);
            false
        };
        let edges = self.edges.get_mut(&class).into_iter().flat_map(HashMap::values_mut);
        for known in edges.filter(|known| known.first().is_some_and(|context| context.is_within_family())) {
            let last = known.pop();
            known.retain(|context| !is_of(context) || forget(context));
            known.extend(last.filter(|last| known.is_empty() || !is_of(last) || forget(last)));
        }
    }

    /// Notes that a thread, with what it held, wanted to be the only holder of a lock of the class: of one, or of any.
    /// Returns whether that is new.
    pub(crate) fn add_writer(
        &mut self,
        class: u32,
        wanted: Option<u64>,
        moment: &Moment,
        held: Vec<Acquisition>,
    ) -> bool {
        let of_class = self.writers.entry(class).or_default();
        if of_class.len() == SAME_CLASS_CONTEXTS && !of_class.contains_key(&wanted) {
            // The oldest lock is the first to be no more.
            let oldest = of_class.keys().find(|wanted| wanted.is_some()).copied();
            oldest.map(|oldest| of_class.remove(&oldest));
        }
        let writers = of_class.entry(wanted).or_default();
        if writers.iter().any(|known| known.moment.same(moment) && held_by(&known.held, &held)) {
            return false;
        }
        if writers.len() == CONTEXTS {
            let meets = |other: &Writer| (other.moment.concurrent(moment), other.held.len());
            writers.remove(least_useful(writers, meets));
        }
        writers.push(Writer { moment: moment.clone(), held });
        true
    }

    /// Whether a writer can wait before each of these readers, each in a thread of its own, while the threads of the
    /// cycle are where they are.
    pub(crate) fn has_writers_for(&self, readers: &[&Context], cycle: &[&Context]) -> bool {
        self.writers_differ_from(readers, cycle, &mut Vec::new())
    }

    fn writers_differ_from(&self, readers: &[&Context], cycle: &[&Context], busy: &mut Vec<Moment>) -> bool {
        let Some((reader, others)) = readers.split_first() else { return true };
        for writer in self.writers_before(reader) {
            let is_busy = busy.iter().any(|other| other.same_thread(&writer.moment));
            if !is_busy && writer.can_wait_beside(&self.messages, cycle) {
                busy.push(writer.moment.clone());
                if self.writers_differ_from(others, cycle, busy) {
                    return true;
                }
                busy.pop();
            }
        }
        false
    }

    /// The writers that wanted what the reader wants.
    fn writers_before(&self, reader: &Context) -> impl Iterator<Item = &Writer> {
        let (by_instance, instance) = (reader.by_instance(), reader.wanted.instance);
        let same = move |wanted: Option<u64>| !by_instance || wanted.is_none_or(|wanted| wanted == instance);
        let of_class = self.writers.get(&reader.wanted.class.index);
        of_class.into_iter().flatten().filter(move |(wanted, _)| same(**wanted)).flat_map(|(_, writers)| writers)
    }

    /// The contexts in which a lock of this family was held, edge by edge.
    fn from(&self, family: u32) -> impl Iterator<Item = &Vec<Arc<Context>>> {
        self.edges.get(&family).into_iter().flat_map(HashMap::values)
    }

    /// Every context.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Context>> {
        self.edges.values().flat_map(HashMap::values).flatten()
    }
}

/// Whether a thread that wants a lock waits for one that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// It does.
    Yes,
    /// Only if a writer waits between them.
    BehindWriter,
    /// It does not.
    No,
}

pub(crate) fn blocks(held: Mode, wanted: Mode) -> Blocks {
    if held.conflicts(wanted) {
        Blocks::Yes
    } else if wanted.queues() {
        Blocks::BehindWriter
    } else {
        Blocks::No
    }
}
