//! The visitor: one thread of the process that visits everything that is to be done at an interval.
//!
//! Newcomers come through a list that has no lock. What the thread has taken from there belongs to it alone. So nobody
//! waits for it here, and it never waits for anybody.
//!
//! A forked child inherits no thread. The first newcomer in the child starts one for it, and what the parent's thread
//! had is left alone.

use super::bell::Bell;
use super::process::process_number;
use super::thread::OwnThread;
use super::wish::Wish;
use std::io;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The visitor of the process that made it; null before the first.
static VISITOR: AtomicPtr<Visitor> = AtomicPtr::new(ptr::null_mut());

/// How many of those that want no visit are visited at each interval all the same. The next ones have their turn at the
/// next interval.
const IN_TURN: usize = 128;

/// How many may have ended before the thread is woken to forget them.
const ENDED_AT_MOST: usize = 256;

/// When the thread tries again after it had no memory for a newcomer.
const PAUSE: Duration = Duration::from_secs(1);

struct Visitor {
    process: u32,
    /// Rings for newcomers, and when many have ended.
    bell: Bell,
    /// The newcomer that was added last.
    newcomers: AtomicPtr<Newcomer>,
    /// How many have ended since the thread looked.
    ended: AtomicUsize,
    /// Another thread was faster to start a visitor.
    is_abandoned: AtomicBool,
}

struct Newcomer {
    interval: Duration,
    member: Member,
    next: *mut Self,
}

/// Something that is visited.
struct Member {
    wish: Arc<Wish>,
    visit: Box<dyn Fn(bool) + Send>,
    /// The last round of its group that it had a visit in.
    round: u64,
}

/// Calls `visit` at the interval, for as long as the wish is not over: each time if a visit is wanted, and else at
/// least in turn with the others of the same interval. If there are few of these, that is each time.
///
/// `visit` gets whether the visit was wanted, and must not panic.
///
/// # Errors
/// What the operating system said when it refused a thread.
pub(crate) fn visit_at_interval(
    name: &str,
    interval: Duration,
    wish: Arc<Wish>,
    visit: impl Fn(bool) + Send + 'static,
) -> io::Result<()> {
    let member = Member { wish, visit: Box::new(visit), round: 0 };
    Visitor::here(name)?.add(Box::new(Newcomer { interval, member, next: ptr::null_mut() }));
    Ok(())
}

/// Ends the wish, in the process that asked for the visits. The visitor forgets it some time later.
pub(crate) fn end_visits(wish: &Wish) {
    wish.end();
    // SAFETY: a visitor that was published is never freed.
    let Some(visitor) = (unsafe { VISITOR.load(Ordering::Acquire).as_ref() }) else { return };
    if visitor.ended.fetch_add(1, Ordering::Relaxed) % ENDED_AT_MOST == ENDED_AT_MOST - 1 {
        visitor.bell.ring();
    }
}

impl Visitor {
    /// The visitor of this process. Starts its thread if there is none.
    fn here(name: &str) -> io::Result<&'static Self> {
        let process = process_number();
        let found = VISITOR.load(Ordering::Acquire);
        // SAFETY: a visitor that was published is never freed.
        if let Some(visitor) = unsafe { found.as_ref() }.filter(|visitor| visitor.process == process) {
            return Ok(visitor);
        }
        let new = Box::into_raw(Box::new(Self {
            process,
            bell: Bell::new()?,
            newcomers: AtomicPtr::default(),
            ended: AtomicUsize::new(0),
            is_abandoned: AtomicBool::new(false),
        }));
        // SAFETY: it is freed only where no thread got it.
        let visitor = unsafe { &*new };
        if let Err(error) = OwnThread::start(name, move || visitor.run()) {
            // SAFETY: the pointer comes from a box, and no thread got it.
            drop(unsafe { Box::from_raw(new) });
            return Err(error);
        }
        match VISITOR.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(visitor),
            Err(theirs) => {
                // Its thread may still look at it, so it is leaked: once for each thread that was too slow.
                visitor.is_abandoned.store(true, Ordering::Release);
                visitor.bell.ring();
                // SAFETY: a visitor that was published is never freed.
                Ok(unsafe { &*theirs })
            }
        }
    }

    fn add(&self, newcomer: Box<Newcomer>) {
        self.push(newcomer);
        self.bell.ring();
    }

    fn push(&self, newcomer: Box<Newcomer>) {
        let newcomer = Box::into_raw(newcomer);
        let mut first = self.newcomers.load(Ordering::Relaxed);
        loop {
            // SAFETY: the newcomer is not on the list yet, so no other thread has it.
            unsafe { (*newcomer).next = first };
            match self.newcomers.compare_exchange_weak(first, newcomer, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    /// The thread.
    fn run(&self) {
        let mut groups = Vec::new();
        while !self.is_abandoned.load(Ordering::Acquire) {
            let retry = if self.take_in(&mut groups) { None } else { Instant::now().checked_add(PAUSE) };
            if self.ended.load(Ordering::Relaxed) >= ENDED_AT_MOST {
                self.ended.store(0, Ordering::Relaxed);
                groups.iter_mut().for_each(Group::forget_the_ended);
            }
            if Wish::take_news() {
                groups.iter_mut().for_each(|group| group.has_news = true);
            }
            let now = Instant::now();
            groups.iter_mut().filter(|group| group.next.is_some_and(|next| next <= now)).for_each(Group::tick);
            groups.retain(|group| !group.members.is_empty());
            self.bell.wait(groups.iter().filter_map(|group| group.next).chain(retry).min());
        }
    }

    /// Takes all newcomers into their groups. Returns whether there was memory for all of them.
    fn take_in(&self, groups: &mut Vec<Group>) -> bool {
        let mut first = self.newcomers.swap(ptr::null_mut(), Ordering::Acquire);
        let mut had_memory = true;
        while !first.is_null() {
            // SAFETY: the pointer comes from a box. The swap gave the whole list to this thread.
            let newcomer = unsafe { Box::from_raw(first) };
            first = newcomer.next;
            match Group::of(groups, newcomer.interval) {
                Some(group) => {
                    group.members.push(newcomer.member);
                    // Its news may have been taken before it was here.
                    group.has_news = true;
                }
                None => {
                    self.push(newcomer);
                    had_memory = false;
                }
            }
        }
        had_memory
    }
}

/// All members of one interval. They share its beat, so the thread wakes once for all of them.
struct Group {
    interval: Duration,
    /// When the next round is. An interval too long to be represented never passes.
    next: Option<Instant>,
    members: Vec<Member>,
    /// Whether a wish may have changed since the last round.
    has_news: bool,
    /// Whose turn it is of those that want no visit.
    turn: usize,
    round: u64,
}

impl Group {
    /// The group of this interval, with room for one more. `None` if there is no memory.
    fn of(groups: &mut Vec<Self>, interval: Duration) -> Option<&mut Self> {
        let at = groups.iter().position(|group| group.interval == interval).unwrap_or(groups.len());
        if at == groups.len() {
            groups.try_reserve(1).ok()?;
            let next = Instant::now().checked_add(interval);
            groups.push(Self { interval, next, members: Vec::new(), has_news: true, turn: 0, round: 0 });
        }
        let group = groups.get_mut(at)?;
        group.members.try_reserve(1).ok()?;
        Some(group)
    }

    fn tick(&mut self) {
        let has_news = mem::take(&mut self.has_news);
        if has_news {
            self.forget_the_ended();
        }
        self.visit(has_news);
        self.next = Instant::now().checked_add(self.interval);
    }

    /// One round: all members that want a visit, and as many others as have their turn.
    fn visit(&mut self, has_news: bool) {
        self.round += 1;
        let all = self.members.len() <= IN_TURN;
        // Without news none wants a visit.
        let asked = if has_news || all { self.members.len() } else { 0 };
        for member in &mut self.members[..asked] {
            let is_wanted = member.wish.take();
            if is_wanted || all {
                member.visit_in(self.round, is_wanted);
            }
        }
        if all {
            return;
        }
        let mut left = IN_TURN;
        for _ in 0..self.members.len() {
            self.turn = (self.turn + 1) % self.members.len();
            let member = &mut self.members[self.turn];
            if member.round != self.round {
                member.visit_in(self.round, false);
                left -= 1;
            }
            if left == 0 {
                return;
            }
        }
    }

    /// The turn stays with the member that has it.
    fn forget_the_ended(&mut self) {
        let (mut at, mut gone_before) = (0, 0);
        let turn = self.turn;
        self.members.retain(|member| {
            let stays = !member.wish.is_over();
            gone_before += usize::from(!stays && at <= turn);
            at += 1;
            stays
        });
        self.turn = turn.saturating_sub(gone_before);
    }
}

impl Member {
    fn visit_in(&mut self, round: u64, is_wanted: bool) {
        self.round = round;
        (self.visit)(is_wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Group, IN_TURN, Member, Wish};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Seen {
        group: Group,
        wishes: Vec<Arc<Wish>>,
        visits: Vec<Arc<AtomicUsize>>,
    }

    fn group_of(count: usize) -> Seen {
        let mut groups = Vec::new();
        let (mut wishes, mut visits) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (wish, visited) = (Arc::new(Wish::default()), Arc::new(AtomicUsize::new(0)));
            wishes.push(Arc::clone(&wish));
            visits.push(Arc::clone(&visited));
            let visit = Box::new(move |_| _ = visited.fetch_add(1, Ordering::Relaxed));
            Group::of(&mut groups, Duration::ZERO).unwrap().members.push(Member { wish, visit, round: 0 });
        }
        Seen { group: groups.pop().unwrap(), wishes, visits }
    }

    impl Seen {
        fn tick(&mut self) -> Vec<usize> {
            // The news of the process is that of all tests.
            self.group.has_news = true;
            self.group.tick();
            self.visits.iter().map(|visits| visits.swap(0, Ordering::Relaxed)).collect()
        }
    }

    /// A small group has all its visits, wanted or not.
    #[test]
    fn few_are_visited_each_time() {
        let mut seen = group_of(IN_TURN);
        seen.wishes[5].want();
        for _ in 0..3 {
            assert_eq!(seen.tick(), [1; IN_TURN]);
        }
    }

    /// Of a large group, those that want a visit have it each time, and the others in turn: none waits longer than one
    /// time around.
    #[test]
    fn many_are_visited_in_turn() {
        const COUNT: usize = 5 * IN_TURN + 1;
        let mut seen = group_of(COUNT);
        let mut idle = [0; COUNT];
        for round in 0..16 {
            seen.wishes[7].want();
            let visits = seen.tick();
            assert_eq!(visits[7], 1, "a visit was wanted");
            assert_eq!(visits.iter().sum::<usize>(), IN_TURN + 1, "round {round}");
            (0..COUNT).filter(|&at| at != 7).for_each(|at| idle[at] += visits[at]);
        }
        // 16 rounds of 128 visits, to 640 members in turn.
        assert!((0..COUNT).filter(|&at| at != 7).all(|at| (3..=4).contains(&idle[at])), "{idle:?}");
    }

    /// What has ended is not visited, and those behind it keep their turn.
    #[test]
    fn the_ended_are_forgotten() {
        const COUNT: usize = 9 * IN_TURN;
        let mut seen = group_of(COUNT);
        let had_a_turn = |from, to| (0..COUNT).map(|at| usize::from((from..to).contains(&at))).collect::<Vec<_>>();
        assert_eq!(seen.tick(), had_a_turn(1, 1 + IN_TURN));
        seen.wishes.iter().step_by(2).for_each(|wish| wish.end());
        let mut next = had_a_turn(1 + IN_TURN, 1 + 3 * IN_TURN);
        next.iter_mut().step_by(2).for_each(|ended| *ended = 0);
        assert_eq!(seen.tick(), next);
        assert_eq!(seen.group.members.len(), COUNT / 2);
    }
}
