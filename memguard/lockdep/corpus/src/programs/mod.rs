//! The programs, by kind.

mod abba;
mod barrier;
mod channel;
mod class_level;
mod condvar;
mod cycles;
mod gate;
mod guards;
mod hand_over_hand;
mod join;
mod lent;
mod message_order;
mod once;
mod one_thread;
mod panics;
mod read_twice;
mod read_write;
mod recursion;
mod release;
mod reuse;
mod same_class;
mod threads;
mod try_timed;
mod upgradable;

use crate::program::Program;
use crate::tool::Tool;

/// Every program, over the locks of one tool.
pub fn all<T: Tool>() -> Vec<Program> {
    let kinds = [
        ("abba", abba::programs::<T>()),
        ("cycles", cycles::programs::<T>()),
        ("recursion", recursion::programs::<T>()),
        ("read_write", read_write::programs::<T>()),
        ("read_twice", read_twice::programs::<T>()),
        ("upgradable", upgradable::programs::<T>()),
        ("same_class", same_class::programs::<T>()),
        ("class_level", class_level::programs::<T>()),
        ("gate", gate::programs::<T>()),
        ("lent", lent::programs::<T>()),
        ("try_timed", try_timed::programs::<T>()),
        ("condvar", condvar::programs::<T>()),
        ("join", join::programs::<T>()),
        ("channel", channel::programs::<T>()),
        ("message_order", message_order::programs::<T>()),
        ("barrier", barrier::programs::<T>()),
        ("once", once::programs::<T>()),
        ("reuse", reuse::programs::<T>()),
        ("hand_over_hand", hand_over_hand::programs::<T>()),
        ("threads", threads::programs::<T>()),
        ("release", release::programs::<T>()),
        ("guards", guards::programs::<T>()),
        ("panics", panics::programs::<T>()),
        ("one_thread", one_thread::programs::<T>()),
    ];
    kinds.into_iter().flat_map(|(kind, programs)| programs.into_iter().map(move |it| Program { kind, ..it })).collect()
}
