//! PROGRESS: the calls that promise never to wait take no lock. The test runs in a child, because acquisitions are
//! counted per process.

use crate::support::alone;
use memguard::Session;
use memguard::sync::lockdep;

#[test]
fn questions_that_never_wait_take_no_lock() {
    if !alone("concurrency::questions::questions_that_never_wait_take_no_lock") {
        return;
    }
    let session = Session::builder().rekey_interval(None).build().unwrap();
    let (alive, destroyed) = (session.buffer(8).unwrap(), session.buffer(8).unwrap());
    assert!(destroyed.destroy().is_ok());
    let before = lockdep::outcomes();
    assert!(session.exists(&alive) && !session.exists(&destroyed));
    assert!(alive.is_alive() && !destroyed.is_alive());
    assert!((alive.len(), destroyed.len()) == (8, 0));
    assert!(!alive.is_empty() && destroyed.is_empty());
    assert!(!memguard::exists(&alive));
    assert_eq!(lockdep::outcomes(), before);
    drop(alive.read().unwrap());
    assert_ne!(lockdep::outcomes(), before, "an access is counted, so this test can fail");
}
