//! A cycle between a mutex of the program and the library's accesses, planted in a stress scenario, is reported, and
//! then steered into a hang that its token replays.
//!
//! The test has a process of its own, because the reports are those of the process.

#![cfg(shuttle)]

use memguard::sync::model_control;
use memguard::{Buffer, Session, Sim};
use memguard_lockdep::Report;
use memguard_lockdep_steer::sync::Mutex;
use memguard_lockdep_steer::{Proof, Search, Token, thread};
use memguard_stress::ops::{Actor, Choices, Environment, Tally, VIEWS};
use std::sync::Arc;

const SEED: u64 = 20_261_126;
const THREADS: u64 = 3;
const OPS: u64 = 6;
const REPLAYS: usize = 20;
const SEARCH: Search = Search::new().guided(100).random(20).pct(20).looks(2);

/// What the threads share.
struct Shared {
    session: Session,
    buffer: Buffer,
    /// The program's own mutex.
    book: Mutex<u8>,
}

impl Shared {
    fn new() -> Self {
        let session = Session::builder().simulated(&Sim::new(4096)).build().expect("a simulated session");
        let buffer = session.buffer(16).expect("a buffer");
        Self { session, buffer, book: Mutex::named("BOOK", 0) }
    }

    /// The mutex around an access.
    fn enter_into_the_book(&self) {
        let mut book = self.book.lock();
        *book += self.buffer.with_data(|bytes| bytes[0]).expect("the buffer lives");
    }

    /// The mutex inside an access.
    fn copy_from_the_book(&self) {
        self.buffer.with_data_mut(|bytes| bytes[0] = *self.book.lock()).expect("the buffer lives");
    }

    /// The same without the fault.
    fn copy_from_the_book_first(&self) {
        let number = *self.book.lock();
        self.buffer.with_data_mut(|bytes| bytes[0] = number).expect("the buffer lives");
    }
}

/// Threads that do what stress scenarios do. In between, one uses the mutex around an access and another one the other
/// way round, if that is planted.
fn scenario(planted: bool) {
    model_control::expect_panics(true);
    let shared = Arc::new(Shared::new());
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let shared = shared.clone();
            thread::spawn(move || {
                let (tally, mut choices) = (Tally::default(), Choices::new(SEED, number));
                let mut actor = Actor::new(&shared.session, &tally, Environment::default(), SEED, number);
                for op in 0..OPS {
                    actor.apply(&VIEWS.draw(&mut choices)).expect("the library keeps its guarantees");
                    match (number, op) {
                        (0, 4) => shared.enter_into_the_book(),
                        (1, 2) if planted => shared.copy_from_the_book(),
                        (1, 2) => shared.copy_from_the_book_first(),
                        _ => {}
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}

fn names_the_book(report: &Report) -> bool {
    report.verdict.is_deadlock() && report.steps.iter().any(|step| step.wanted.class.name() == Some("BOOK"))
}

#[test]
fn a_planted_cycle_is_proven_and_its_token_replays() {
    let clean = SEARCH.reports_of(|| scenario(false));
    assert!(!clean.iter().any(names_the_book), "the scenario has a cycle without the fault: {clean:?}");

    let reports = SEARCH.reports_of(|| scenario(true));
    let report = reports.iter().find(|report| names_the_book(report)).expect("the checker reports the cycle");
    let proof = SEARCH.prove(report, || scenario(true));
    println!("{report}\n{proof}");
    let Proof::Proven { token, .. } = &proof else { panic!("{proof}") };

    let token: Token = token.to_string().parse().expect("a token reads as it is printed");
    for _ in 0..REPLAYS {
        let threads = SEARCH.replay(&token, || scenario(true)).expect("the token replays");
        let waits =
            |name: &str| threads.iter().any(|thread| thread.waits.is_some_and(|it| it.class.name() == Some(name)));
        assert!(waits("BOOK") && waits("memguard::ACCESS"), "{threads:?}");
    }
    assert!(SEARCH.replay(&token, || scenario(false)).is_err(), "the token replays another program");

    let proof = SEARCH.prove(report, || scenario(false));
    assert!(!proof.is_proven(), "proven without the fault: {proof}");
}
