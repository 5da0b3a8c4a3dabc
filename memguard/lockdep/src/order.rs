//! The order that the program declares. It is part of no process: a forked child has it too.

use once_cell::race::OnceBox;
use std::collections::HashSet;

static FIRST: OnceBox<Pair> = OnceBox::new();

/// Locks of the one name are taken before locks of the other.
struct Pair {
    first: &'static str,
    then: &'static str,
    next: OnceBox<Pair>,
}

fn pairs() -> impl Iterator<Item = &'static Pair> {
    std::iter::successors(FIRST.get(), |pair| pair.next.get())
}

/// Adds a pair. Returns `false` if it is there already.
pub(crate) fn declare(first: &'static str, then: &'static str) -> bool {
    let mut link = &FIRST;
    let mut new = Some(Box::new(Pair { first, then, next: OnceBox::new() }));
    loop {
        if let Some(pair) = link.get() {
            if (pair.first, pair.then) == (first, then) {
                return false;
            }
            link = &pair.next;
            continue;
        }
        let Some(pair) = new.take() else { return false };
        // Where another thread was first, the loop goes on with its pair.
        match link.set(pair) {
            Ok(()) => return true,
            Err(pair) => new = Some(pair),
        }
    }
}

/// Whether locks of the first name are declared to be taken before locks of the second.
pub(crate) fn comes_after(first: &str, then: &str) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![first];
    while let Some(name) = open.pop() {
        for pair in pairs().filter(|pair| pair.first == name) {
            if pair.then == then {
                return true;
            }
            if seen.insert(pair.then) {
                open.push(pair.then);
            }
        }
    }
    false
}
