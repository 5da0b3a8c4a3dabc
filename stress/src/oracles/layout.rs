//! Where secrets lie on their pages, and whether a byte written outside a secret is found.

use crate::ops::{Options, Pages};
use arbitrary::{Arbitrary, Unstructured};
use memguard::{Buffer, Disposal, Error, Session, Sim};
use std::ops::Range;

/// Six buffers, and a byte to change next to one of them.
#[derive(Debug, Arbitrary)]
struct Plan {
    options: Options,
    lens: [u8; 6],
    /// A factor for the lengths, so that some need several pages.
    scale: u8,
    /// Where a byte is changed.
    poke: Poke,
    /// Next to which buffer.
    victim: u8,
    /// How far away, modulo the room on that side.
    distance: u16,
    /// What is added to the byte there. 0 changes nothing.
    change: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
enum Poke {
    Nowhere,
    /// In the canary in front of the data.
    Before,
    /// In the canary behind the data, on a packed page.
    Behind,
    /// In the freed pages.
    Freed,
}

/// WIPED: secrets do not overlap. A secret with pages of its own ends where its last page ends. `destroy` reports a
/// changed byte next to its secret. An audit reports a changed byte in free pages. Nothing else is reported.
///
/// Input: the session's options, six lengths and a factor, then where a byte is changed, how far away and by how much.
///
/// # Panics
/// If the layout is wrong, or the change is not found.
///
/// ```
/// memguard_stress::oracles::layout(&[]);
/// memguard_stress::oracles::layout(&[200; 32]);
/// ```
pub fn layout(input: &[u8]) {
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(input)) else { return };
    let sim = plan.options.sim();
    let session = plan.options.build(&sim).unwrap_or_else(|error| panic!("no simulated session: {error}"));
    assert_eq!(session.audit().free_slots, 0, "a new session has slots in its pool");
    let scale = usize::from(plan.scale % 32) + 1;
    let lens = plan.lens.map(|len| (usize::from(len) + 1) * scale);
    let buffers = lens.map(|len| session.buffer(len).unwrap_or_else(|error| panic!("no buffer of {len}: {error}")));
    let places = buffers.each_ref().map(place);
    let page = 64 << (plan.options.doublings % 7);
    for (at, range) in places.iter().enumerate() {
        assert_eq!(range.len(), lens[at], "a buffer is longer or shorter than asked for");
        let own_pages = plan.options.pages != Pages::Packed || lens[at] >= page / 4;
        if own_pages {
            assert_eq!(range.end % page, 0, "{range:x?} does not end where its page does ({page})");
        } else {
            assert_eq!(range.start / page, range.end / page, "{range:x?} of a packed page has no canary behind it");
        }
        let apart = |other: &Range<usize>| other.end <= range.start || range.end <= other.start;
        let others = places.iter().enumerate().filter(|&(other, _)| other != at);
        others.for_each(|(_, other)| assert!(apart(other), "{range:x?} and {other:x?} overlap"));
    }
    let victim = usize::from(plan.victim) % buffers.len();
    let room = room(&plan, places[victim].clone(), page);
    let found = poke(&session, &plan, buffers, victim, room);
    let degraded = session.health().degraded;
    let expected = if plan.poke == Poke::Freed { (0, found) } else { (found, 0) };
    assert_eq!((degraded.corrupted_buffers, degraded.dirty_slots), expected, "(corrupted, dirty) as counted");
    drop(session);
    given_back(&sim);
}

/// The addresses of a buffer's data.
fn place(buffer: &Buffer) -> Range<usize> {
    // Exposed, because `poke` writes to this address after the slot is free.
    let range = |bytes: &[u8]| {
        let start = bytes.as_ptr().expose_provenance();
        start..start + bytes.len()
    };
    buffer.with_data(range).unwrap_or_else(|error| panic!("a new buffer cannot be read: {error}"))
}

/// How many bytes can be changed on the side that the plan says.
fn room(plan: &Plan, victim: Range<usize>, page: usize) -> usize {
    let packed = plan.options.pages == Pages::Packed && victim.len() < page / 4;
    match plan.poke {
        Poke::Nowhere => 0,
        // On a packed page a canary byte lies in front of every place but the first, which may touch the guard.
        Poke::Before if packed => usize::from(!victim.start.is_multiple_of(page)),
        Poke::Before => victim.start % page,
        Poke::Behind => usize::from(packed),
        Poke::Freed => victim.len(),
    }
}

/// Changes a byte as the plan says, and destroys all buffers. Returns how many buffers or free slots were reported.
fn poke(session: &Session, plan: &Plan, buffers: [Buffer; 6], victim: usize, room: usize) -> u64 {
    let changes = room > 0 && plan.change != 0;
    let distance = usize::from(plan.distance) % room.max(1);
    if changes && plan.poke != Poke::Freed {
        let changed = buffers[victim].with_data_mut(|bytes| {
            let start = bytes.as_mut_ptr();
            let byte = match plan.poke {
                Poke::Before => start.wrapping_sub(1 + distance),
                _ => start.wrapping_add(bytes.len() + distance),
            };
            // SAFETY: `room` bytes on this side lie on the same simulated page, which is mapped and writable during the
            // access, and nothing else uses them now. They are outside the slice: this is the mistake that the library
            // must find.
            unsafe { byte.write(byte.read().wrapping_add(plan.change)) };
        });
        changed.unwrap_or_else(|error| panic!("a new buffer cannot be written: {error}"));
    }
    let freed = place(&buffers[victim]);
    let mut found = 0;
    for (at, buffer) in buffers.into_iter().enumerate() {
        match buffer.destroy() {
            Ok(disposal) => {
                assert_eq!(disposal, Disposal::Wiped);
                assert!(at != victim || !changes || plan.poke == Poke::Freed, "a changed canary was not found");
            }
            Err(Error::Corrupted) => {
                // The byte between two packed secrets belongs to both.
                assert!(
                    changes && plan.poke != Poke::Freed,
                    "buffer {at} is reported as corrupted, but nothing was changed"
                );
                found += 1;
            }
            Err(error) => panic!("destroy: {error}"),
        }
    }
    assert!(found <= 2, "one byte is next to two buffers at most, but {found} are reported as corrupted");
    // Only if the pool has kept all slots, and so this one.
    let kept = session.audit().free_slots == 6;
    if changes && kept && plan.poke == Poke::Freed {
        let byte = std::ptr::with_exposed_provenance_mut::<u8>(freed.start + distance);
        // SAFETY: the slot of this address is in the pool, mapped and writable, and no other thread uses the session.
        unsafe { byte.write(byte.read().wrapping_add(plan.change)) };
        assert_eq!(session.audit().dirty_slots, 1, "a byte written to free pages was not found");
        return 1;
    }
    assert_eq!(session.audit().dirty_slots, 0, "free pages are not zero");
    found
}

fn given_back(sim: &Sim) {
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0), "(live, unwiped) bytes at the end");
    assert!(report.violations.is_empty(), "the pages saw: {:?}", report.violations);
}
