//! A closure may return a `Result`. `flat` merges it with that of the call.

use crate::support::sources::{public_items, source_files};
use memguard::{Buffer, Error, FlatResult, Session, with_buffers};

#[derive(Debug, PartialEq)]
enum Mine {
    Refused,
    Memguard(Error),
}

impl From<Error> for Mine {
    fn from(error: Error) -> Self {
        Self::Memguard(error)
    }
}

type Answer = Result<u32, Mine>;

/// Each call, with a closure that gives this answer.
fn every_call(session: &Session, buffer: &Buffer, answer: fn() -> Answer) -> Vec<Answer> {
    let sealed = session.enclave(&mut [1; 8]).map_err(Mine::from);
    vec![
        buffer.with_data(|_| answer()).flat(),
        buffer.with_data_mut(|_| answer()).flat(),
        buffer.string_slice(|_| answer()).flat(),
        buffer.byte_array(|_: &[u8; 8]| answer()).flat(),
        buffer.int8_slice(|_| answer()).flat(),
        buffer.int16_slice(|_| answer()).flat(),
        buffer.int32_slice(|_| answer()).flat(),
        buffer.int64_slice(|_| answer()).flat(),
        buffer.uint8_slice(|_| answer()).flat(),
        buffer.uint16_slice(|_| answer()).flat(),
        buffer.uint32_slice(|_| answer()).flat(),
        buffer.uint64_slice(|_| answer()).flat(),
        buffer.int8_slice_mut(|_| answer()).flat(),
        buffer.int16_slice_mut(|_| answer()).flat(),
        buffer.int32_slice_mut(|_| answer()).flat(),
        buffer.int64_slice_mut(|_| answer()).flat(),
        buffer.uint8_slice_mut(|_| answer()).flat(),
        buffer.uint16_slice_mut(|_| answer()).flat(),
        buffer.uint32_slice_mut(|_| answer()).flat(),
        buffer.uint64_slice_mut(|_| answer()).flat(),
        with_buffers(&[], &[buffer], |_, _| answer()).flat(),
        sealed.and_then(|sealed| {
            // The purge that ended the buffer came before this enclave. One more takes its key.
            if !buffer.is_alive() {
                session.purge();
            }
            sealed.with_data(|_| answer()).flat()
        }),
    ]
}

#[test]
fn one_question_mark_is_enough() {
    let session = Session::builder().rekey_interval(None).build().unwrap();
    let buffer = session.buffer(8).unwrap();
    let all = |answer: fn() -> Answer| every_call(&session, &buffer, answer);
    assert!(all(|| Ok(7)).iter().all(|result| *result == Ok(7)));
    assert!(all(|| Err(Mine::Refused)).iter().all(|result| *result == Err(Mine::Refused)));
    session.purge();
    let dead: Vec<_> = all(|| panic!("it is not called"));
    let (of_enclave, of_buffers) = dead.split_last().unwrap();
    assert_eq!(*of_enclave, Err(Mine::Memguard(Error::KeyGone)));
    assert!(of_buffers.iter().all(|result| *result == Err(Mine::Memguard(Error::Destroyed))), "{of_buffers:?}");
}

/// The docs of each call with a closure name `flat`.
#[test]
fn every_call_with_a_closure_says_so() {
    let sources: std::collections::BTreeMap<_, _> = source_files().into_iter().collect();
    let returns_what_the_closure_returns = |file: &str, line: usize| {
        let signature = sources[file].lines().skip(line - 1).take_while(|line| !line.trim().is_empty());
        let signature: String = signature.take(6).collect();
        let (signature, _) = signature.split_once(" {").unwrap_or((&signature, ""));
        signature.contains("impl FnOnce(") && signature.ends_with("-> Result<R>")
    };
    let mut count = 0;
    for item in public_items().iter().filter(|item| returns_what_the_closure_returns(&item.file, item.line)) {
        assert!(item.docs.contains("(crate::FlatResult)"), "{}:{}: {}", item.file, item.line, item.name);
        count += 1;
    }
    assert!(count >= 7, "only {count} calls with a closure found: the source has moved");
}
