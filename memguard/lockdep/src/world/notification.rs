//! What a thread needs before it brings about what others wait for, and what messages tell a thread.

use super::learn::learn_numbered;
use super::past::Taken;
use super::reports::tell;
use super::state::{Thread, World, inside};
use crate::acquisition::Acquisition;
use crate::graph::Context;
use crate::messages::Rule;
use crate::mode::Wait;
use crate::place::Place;
use crate::report::Report;
use crate::threads::clock::{Before, Moment};
use crate::threads::leaf::CROWD;
use crate::threads::record::Record;
use crate::word::Word;
use std::mem;

/// How many stretches of a thread's life messages can end. What comes later is all of the last one, and messages say
/// nothing about it: each new stretch makes the thread learn again what it holds and wants.
const STRETCHES: u32 = 256;
impl Thread {
    /// Begins a new stretch of the thread's life after a message. Returns `false` if there were too many.
    fn begin_stretch(&mut self, record: &Record) -> bool {
        if self.past.in_use {
            if self.past.ended == STRETCHES {
                return false;
            }
            self.past.ended += 1;
            // What it learned, it learned of the stretch that has ended.
            record.outdate();
        }
        self.moment.forks();
        (self.past.in_use, self.past.knows_more) = (false, false);
        true
    }

    /// Only destructors of its thread-locals are left. Returns what lies before them.
    pub(super) fn end_work(&mut self) -> Before {
        let before = self.moment.and_before();
        self.moment.forks();
        (self.past.in_use, self.past.knows_more, self.has_worked) = (false, false, true);
        before
    }

    /// The thread has ended. If its destructors did nothing, it ended with its work, so that another one can go on
    /// there.
    pub(super) fn end(&mut self) -> Before {
        if mem::take(&mut self.has_worked)
            && !self.past.in_use
            && let Some(before) = self.moment.without_itself()
        {
            self.moment = before;
        }
        self.moment.and_before()
    }

    /// What lies before a message that the thread gives now.
    fn before_message(&mut self, record: &Record) -> Option<Moment> {
        if !self.past.in_use
            && !self.past.knows_more
            && let Some(before) = self.moment.without_itself()
        {
            return Some(before);
        }
        let before = self.moment.clone();
        self.begin_stretch(record).then_some(before)
    }

    /// What the thread does from now on, it does after a message.
    fn after_message(&mut self, record: &Record) -> bool {
        let begun = !self.past.in_use || self.begin_stretch(record);
        self.past.knows_more |= begun;
        begun
    }
}

impl World {
    /// What lies before a message that the thread gives now. Those that get it work under what the thread holds.
    fn departs(&mut self, record: &'static Record) -> Option<Moment> {
        let before = self.thread(record).before_message(record)?;
        self.lend(record, &before);
        Some(before)
    }

    /// Adds what the thread needs before it brings about the event, and how that is counted.
    fn add_needs(
        &mut self,
        record: &'static Record,
        event: Acquisition,
        since: u64,
        gives: Option<(u64, u64)>,
    ) -> Vec<Report> {
        self.note_history(record);
        record.set_news(true);
        let time = self.time;
        let thread = self.thread(record);
        let last = thread.past.notifies(event.instance, time).unwrap_or(since);
        let now = thread.moment.clone();
        let taken = thread.past.taken_since(last).filter(|taken| taken.lock.instance != event.instance);
        let mut needs: Vec<(Taken, bool)> = taken.map(|taken| (taken.clone(), true)).collect();
        let mut others = record.snapshot();
        if gives.is_some() {
            others.extend(thread.past.needed_for_answers(event.instance, event.place, last));
        }
        for lock in others {
            if !lock.class.kind().is_event() && !needs.iter().any(|(known, _)| known.lock.instance == lock.instance) {
                // It was taken earlier, or for another answer.
                needs.push((Taken { lock, takes: (0, 0), time, moment: now.clone() }, false));
            }
        }
        let name = thread.name.clone();
        let mut reports = Vec::new();
        for (Taken { lock: wanted, takes, moment, .. }, is_timely) in needs {
            let (thread, gives) = (name.clone(), gives.unwrap_or_default());
            let (wait, gates) = (Wait::Block, Vec::new());
            let held = event;
            let context = Context { thread, moment, held, wanted, wait, takes, gives, is_timely, gates };
            reports.extend(self.add(context));
        }
        reports
    }
}

/// The time of the checker, for [`learn_notification`].
pub(crate) fn now(record: &'static Record) -> u64 {
    inside(|world| {
        world.note_history(record);
        world.time
    })
}

/// Learns that this thread brings about what others may wait for. Another thread that waits for it must not hold what
/// this thread holds now, or took since it last brought it about. What it took before `since` does not count.
#[cold]
pub(crate) fn learn_notification(record: &'static Record, event: Word, place: Place, since: u64) {
    let Some(event) = event.at(place) else { return };
    tell(inside(|world| world.add_needs(record, event, since, None)));
}

/// The same for a thing of a channel, or an arrival at a barrier.
pub(crate) fn learn_giving(record: &'static Record, event: Word, place: Place, since: u64, rule: Rule) {
    let Some(event) = event.at(place) else { return };
    let reports = inside(|world| {
        if CROWD {
            return world.add_needs(record, event, since, None);
        }
        let (flow, now) = (event.instance, world.thread(record).moment.clone());
        let gives = world.graph.messages.next_to_give(flow, rule, &now);
        let mut reports = world.add_needs(record, event, since, Some(gives));
        let before = world.departs(record);
        world.graph.messages.give(flow, rule, &now, before);
        // What was in order may be so no longer.
        if is_worth_a_look(gives.0) && world.graph.messages.has_many_givers(flow) {
            reports.extend(world.look_again());
        }
        reports
    });
    tell(reports);
}

/// Notes that this thread wakes those that wait for a signal. Only its first signal says something.
pub(crate) fn signalled(record: &'static Record, event: Word) {
    if CROWD {
        return;
    }
    let reports = inside(|world| {
        let (flow, now) = (event.instance(), world.thread(record).moment.clone());
        if world.graph.messages.has_given(flow, &now) {
            return Vec::new();
        }
        world.note_history(record);
        let before = world.departs(record);
        world.graph.messages.give(flow, Rule::Signals, &now, before);
        if world.graph.messages.has_many_givers(flow) { world.look_again() } else { Vec::new() }
    });
    tell(reports);
}

/// Learns that this thread waits for the next thing of a channel, or for the others at a barrier.
pub(crate) fn learn_turn(record: &'static Record, event: Word, place: Place, wait: Wait, rule: Rule) {
    let number = inside(|world| {
        let now = world.thread(record).moment.clone();
        if CROWD { (0, 0) } else { world.graph.messages.next_to_take(event.instance(), rule, &now) }
    });
    learn_numbered(record, event, place, wait, false, number);
}

/// Notes that this thread took a thing, or that the others came. `is_certain` says that it would not have gone on
/// without.
pub(crate) fn took(record: &'static Record, event: Word, place: Place, rule: Rule, is_certain: bool) {
    let Some(event) = event.at(place) else { return };
    if CROWD {
        return;
    }
    let reports = inside(|world| {
        world.note_history(record);
        let (time, flow, now) = (world.time, event.instance, world.thread(record).moment.clone());
        let takes = world.graph.messages.next_to_take(flow, rule, &now);
        let taken = world.graph.messages.take(flow, rule, &now, is_certain);
        // For what it gives next, it needed this. A signal does not count.
        if is_certain && !matches!(rule, Rule::Signals) {
            world.thread(record).past.note(event, takes, time, &now);
        }
        world.thread(record).past.got_message = Some(time);
        if is_certain && world.thread(record).after_message(record) {
            let now = world.thread(record).moment.clone();
            world.graph.messages.arrive(flow, rule, &now);
        }
        if is_worth_a_look(taken) && world.graph.messages.has_many_takers(flow) {
            world.look_at_takers(flow)
        } else {
            Vec::new()
        }
    });
    tell(reports);
}

/// An initialiser has ended. Returns the highest number of a thread so far, and whether something was learned inside.
pub(crate) fn initialised(once: Word) -> (u64, bool) {
    inside(|world| (world.next_thread, world.graph.onces.is_noted(once.instance())))
}

/// This thread has passed a `Once`, and comes after what its initialiser did.
pub(crate) fn passed(record: &'static Record, once: Word) {
    if CROWD {
        return;
    }
    inside(|world| {
        let (once, now) = (once.instance(), world.thread(record).moment.clone());
        if world.graph.onces.has_passed_itself(once, &now) {
            return;
        }
        world.note_history(record);
        if world.thread(record).after_message(record) {
            let from = world.thread(record).moment.clone();
            world.graph.onces.pass(once, from);
        }
    });
}

/// Of many things, not each is worth a look at what the others say by now.
fn is_worth_a_look(number: u64) -> bool {
    number < 8 || number.is_power_of_two()
}

/// Notes that an end of a channel is gone that could give.
pub(crate) fn left(record: &'static Record, event: Word, rule: Rule) {
    if CROWD {
        return;
    }
    inside(|world| {
        world.note_history(record);
        if let Some(before) = world.departs(record) {
            world.graph.messages.leave(event.instance(), rule, &before);
        }
    });
}

/// Notes that this thread was told that all ends are gone that could give.
pub(crate) fn all_left(record: &'static Record, event: Word, rule: Rule) {
    if CROWD {
        return;
    }
    inside(|world| {
        world.note_history(record);
        if world.thread(record).after_message(record) {
            let now = world.thread(record).moment.clone();
            world.graph.messages.arrive_last(event.instance(), rule, &now);
        }
    });
}
