//! ORDER: the tests of the checker itself. They plant violations, which lockdep counts for the whole process.

#[cfg(feature = "lockdep")]
mod lockdep;
mod support;

support::needs!(lockdep: lockdep);
