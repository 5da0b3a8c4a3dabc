//! A `String` becomes a buffer, and nothing of it is left in its memory.

use crate::support::place::own_memory;
use memguard::{Buffer, Error, Isolation, Session};
use std::os::unix::fs::FileExt;

/// A text with a remainder of an older one behind it.
fn with_remainder() -> String {
    let mut text = String::with_capacity(100);
    text.push_str("naïve and an older secret");
    text.truncate(6);
    text
}

/// All memory of the string.
fn raw(text: &String) -> Vec<u8> {
    let mut bytes = vec![7; text.capacity()];
    own_memory().read_exact_at(&mut bytes, text.as_ptr().addr() as u64).unwrap();
    bytes
}

#[test]
fn a_string_is_moved_and_all_its_memory_wiped() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = Session::builder().rekey_interval(None).isolation(isolation).build().unwrap();
        let mut text = with_remainder();
        assert!(raw(&text).windows(5).any(|bytes| bytes == b"older"), "the search finds what is behind the text");
        let buffer = session.buffer_from_string(&mut text).unwrap();
        assert!(text.is_empty() && text.capacity() >= 100 && raw(&text).iter().all(|&byte| byte == 0));
        assert!(!buffer.is_mutable() && buffer.string_slice(|text| text == "naïve").unwrap());
        let opened = buffer.seal().unwrap().open().unwrap();
        assert!(opened.string_slice(|text| text == "naïve").unwrap());
    }
}

/// Nothing is lost if there is no buffer in the end.
#[test]
fn a_string_that_is_refused_is_unchanged() {
    let session = Session::builder().rekey_interval(None).build().unwrap();
    assert_eq!(session.buffer_from_string(&mut String::new()).map(drop), Err(Error::EmptyLength));
    assert_eq!(Buffer::from_string(&mut String::new()).map(drop), Err(Error::EmptyLength));
    #[cfg(feature = "sim")]
    {
        let sim = memguard::Sim::new(64);
        let session = Session::builder().rekey_interval(None).pool_pages(0).simulated(&sim).build().unwrap();
        sim.fail(memguard::Fault::Nth { call: "mlock", n: 1, errno: 12 });
        let mut text = with_remainder();
        assert!(matches!(session.buffer_from_string(&mut text), Err(Error::Limit(_))));
        assert_eq!(text, "naïve");
    }
}

#[test]
fn the_default_session_has_the_same() {
    let mut text = with_remainder();
    assert!(Buffer::from_string(&mut text).unwrap().equals("naïve".as_bytes()).unwrap());
    assert!(raw(&text).iter().all(|&byte| byte == 0));
}
