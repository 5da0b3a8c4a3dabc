//! A lock-order checker for programs: drop-in locks that report deadlocks that have not happened yet.
//!
//! Two threads that take two locks in opposite order can wait for each other for ever. A test seldom hangs on that,
//! because the threads must meet at the right moment. This crate needs no such luck. It notes which kinds of locks were
//! wanted while which were held, and reports a cycle although no thread ever waited.
//!
//! ```
//! # #[cfg(all(feature = "check", feature = "parking_lot"))] {
//! use memguard_lockdep::parking_lot::Mutex;
//! use std::thread;
//!
//! let (accounts, log) = (Mutex::new(()), Mutex::new(()));
//! thread::scope(|scope| {
//!     scope.spawn(|| {
//!         let _accounts = accounts.lock();
//!         let _log = log.lock();
//!     }).join().unwrap();
//!     scope.spawn(|| {
//!         let _log = log.lock();
//!         let _accounts = accounts.lock(); // the other order
//!     }).join().unwrap();
//! });
//! let report = &memguard_lockdep::reports()[0];
//! assert!(report.verdict.is_deadlock());
//! println!("{report}"); // both threads, both locks, and the four places in the source
//! # }
//! ```
//!
//! # What counts
//!
//! Locks belong to **classes**: those made at the same place of the source, or with the same name. An edge *held →
//! wanted* joins two classes. A thread that only tries a lock makes no edge into it. A cycle of edges is a **deadlock**
//! if threads can run at the same time and nothing keeps them apart. Otherwise it is a **debt**: a [`Debt`] says what
//! keeps the order from hanging so far.
//!
//! # Cost
//!
//! Without the feature `check` the locks are the bare locks. With it, a thread that takes a lock while it holds none
//! writes three words of its own memory. One that holds others looks up what it holds and wants in a table of its own.
//! A combination that it has not seen before goes to the graph, under one mutex of the process.

#![cfg_attr(
    not(feature = "check"),
    allow(dead_code, unused_imports, reason = "all of the checker but its entry is compiled")
)]

mod acquisition;
mod api;
mod asks;
mod atomic_ref;
mod baseline;
mod class;
#[cfg(all(test, feature = "models", loom))]
mod class_models;
mod counts;
#[cfg(feature = "crossbeam")]
pub mod crossbeam_channel;
mod dot;
#[cfg(all(unix, feature = "signals"))]
mod dump;
mod edges;
mod event;
mod exchange;
mod graph;
mod heap;
mod kernel;
mod leaf;
mod loans;
mod lock;
mod messages;
mod mode;
mod onces;
mod order;
#[cfg(feature = "parking_lot")]
pub mod parking_lot;
mod per_process;
mod place;
pub mod raw;
mod report;
pub mod scheduler;
mod statistics;
mod svg;
pub mod sync;
pub mod thread;
mod threads;
mod time;
mod tracker;
mod wait_graph;
mod watchdog;
mod word;
mod world;

pub use acquisition::Acquisition;
pub use api::{ThreadState, assert_no_deadlocks, declare_order, forget, held, is_checking, observe, reports, threads};
pub use baseline::assert_baseline;
pub use class::{Class, Kind};
pub use counts::{Statistics, start_statistics, statistics};
pub use dot::graph_as_dot;
#[cfg(all(unix, feature = "signals"))]
pub use dump::dump_on_quit;
pub use event::Event;
pub use lock::{Asked, Held, Lock, Sleep};
pub use mode::{Mode, Wait};
pub use place::Place;
pub use report::{Debt, Report, Step, Verdict};
pub use statistics::usage::{Times, Usage};
pub use svg::graph_as_svg;
pub use wait_graph::WaitGraph;
pub use watchdog::start_watchdog;

/// The examples of the README.
#[cfg(all(doctest, feature = "check", feature = "parking_lot"))]
#[doc = include_str!("../README.md")]
struct Readme;
