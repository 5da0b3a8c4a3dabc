//! Steers a program into the deadlock that [`memguard_lockdep`] reports, and replays it.
//!
//! The checker reports a cycle although no thread ever waited. Nobody need believe that it can happen: this crate runs
//! the program on the simulated scheduler of [`shuttle`] and makes the threads of the cycle meet. Then the report is
//! *proven*, and a short token replays the hang. Otherwise it stays *possible*, with the number of runs that were
//! tried.
//!
//! ```
//! use memguard_lockdep_steer::{prove, replay, reports_of, sync::Mutex, thread};
//!
//! fn program() {
//!     static ACCOUNTS: Mutex<i32> = Mutex::named("ACCOUNTS", 1);
//!     static JOURNAL: Mutex<i32> = Mutex::named("JOURNAL", 2);
//!     let audit = thread::spawn(|| {
//!         let journal = JOURNAL.lock();
//!         *journal == *ACCOUNTS.lock() // the other order
//!     });
//!     let mut accounts = ACCOUNTS.lock();
//!     *accounts += *JOURNAL.lock();
//!     drop(accounts);
//!     audit.join().unwrap();
//! }
//!
//! let report = &reports_of(program)[0];
//! let proof = prove(report, program);
//! println!("{report}\n{proof}");
//! let token = proof.token().expect("the threads can meet");
//! assert!(token.to_string().len() < 60);
//! for _ in 0..20 {
//!     let threads = replay(token, program).expect("it hangs again, in the same way");
//!     assert!(threads.iter().any(|thread| thread.waits.is_some_and(|lock| lock.class.name() == Some("JOURNAL"))));
//! }
//! ```
//!
//! # What a program needs
//!
//! - The locks of [`sync`] and the threads of [`thread`], or other locks on the primitives of `shuttle` that tell the
//!   checker what they do. [`memguard_lockdep::Lock`] and [`memguard_lockdep::Event`] are for those.
//! - It ends by itself, and it does the same in each run.
//! - Everything runs in one thread of the system. A wait that `shuttle` does not know hangs the run for real.
//!
//! # How
//!
//! A thread that holds what a step of the cycle holds, and is about to ask for what the step wants, is held back until
//! each step has its thread. If that does not lead to the hang, schedules drawn at random follow. The hang counts
//! only if no thread can go on and each step of the report has a thread that waits as the step says.

mod execution;
mod hang;
mod policy;
mod proof;
mod quiet;
mod raw;
mod run;
mod schedule;
mod search;
pub mod sync;
pub mod thread;
mod token;

pub use proof::{Proof, Tried};
pub use raw::{RawCondvar, RawMutex, RawRwLock};
pub use search::{ReplayError, Search, prove, replay, reports_of};
pub use token::{Token, TokenError};

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
