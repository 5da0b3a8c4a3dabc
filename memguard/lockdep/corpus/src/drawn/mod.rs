//! Programs that a test or a fuzzer draws, and the checker's verdict on them against a search of all interleavings.
//!
//! A [`Program`] is a few threads that take and release a few locks. The [search] visits every state that some
//! schedule reaches, and says whether one is a deadlock. The checker sees only one [run], in which each thread runs
//! alone and nobody waits. Both must say the same.

mod bytes;
pub mod program;
pub mod run;
pub mod search;

pub use program::Program;

/// In which order the threads of a program release what they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// First what they took last.
    Nested,
    /// In any order.
    AnyOrder,
}

/// Compares the checker with the search.
///
/// Where locks are released in any order, the checker may warn too early: it does not remember which lock, released
/// since, was held as another was taken. It misses nothing.
///
/// # Panics
/// If the checker misses a deadlock, or reports one in a nested program that has none.
pub fn judge(program: &Program, release: Release) {
    let (reported, deadlocks) = (run::reports_deadlock(program), search::deadlocks(program));
    assert!(reported || !deadlocks, "ORDER: the checker misses a deadlock: {program}");
    assert!(deadlocks || !reported || release == Release::AnyOrder, "ORDER: no schedule deadlocks: {program}");
}

/// The oracle of the fuzz target `lock_program`: judges the program that the input says. Its first byte says in which
/// order locks are released.
///
/// # Panics
/// As [`judge`].
pub fn lock_program(input: &[u8]) {
    let Some((first, takes)) = input.split_first() else { return };
    let release = if first & 1 == 0 { Release::Nested } else { Release::AnyOrder };
    judge(&bytes::decode(takes, release), release);
}
