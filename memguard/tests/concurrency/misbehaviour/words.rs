//! What a call did, in the words of the table, and what foreign code does with a new session.

use memguard::{Disposal, Error, Session};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a call ends for its caller, who drops what comes out of it.
pub fn ending<T>(call: impl FnOnce() -> Result<T, Error>) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(returned)) => {
            drop_by_the_caller(returned);
            "returns".into()
        }
        Ok(Err(error)) => name(&error),
        Err(payload) => {
            drop_by_the_caller(payload);
            "panics".into()
        }
    }
}

/// If the drop panics, the payload of that panic may panic too when it is dropped, so each payload is caught in turn.
fn drop_by_the_caller<T>(value: T) {
    let mut panic = catch_unwind(AssertUnwindSafe(|| drop(value))).err();
    while let Some(payload) = panic {
        panic = catch_unwind(AssertUnwindSafe(|| drop(payload))).err();
    }
}

pub fn disposal(result: Result<Disposal, Error>) -> String {
    result.map_or_else(|error| name(&error), |disposal| name(&disposal))
}

/// The name of the variant.
pub fn name(value: &impl Debug) -> String {
    format!("{value:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

pub fn use_a_new_session() {
    let session = Session::new().unwrap();
    let opened = session.enclave(&mut [1; 8]).unwrap().open().unwrap();
    assert!(opened.equals(&[1; 8]).unwrap());
    assert_eq!(session.purge().wiped, 1);
}
