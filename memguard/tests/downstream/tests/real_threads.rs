//! memguard on threads of the system, outside any model. With a model checker's locks, this panics at the first lock.

use memguard_downstream::memguard::{self, Buffer, Enclave, Session};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn threads_wait_for_each_other() {
    const THREADS: u8 = 4;
    const ROUNDS: usize = 50;
    // The rekey thread runs too, and takes locks by itself.
    let session = Session::builder().rekey_interval(Some(Duration::from_millis(1))).build().unwrap();
    let buffer = Arc::new(session.buffer(2).unwrap());
    let count = |buffer: &Buffer| {
        for _ in 0..ROUNDS {
            buffer.with_data_mut(|bytes| bytes[0] = bytes[0].wrapping_add(1)).unwrap();
            session.enclave(&mut [7; 16]).unwrap().open().unwrap();
        }
    };
    std::thread::scope(|scope| {
        (0..THREADS).for_each(|_| drop(scope.spawn(|| count(&buffer))));
    });
    let expected = (usize::from(THREADS) * ROUNDS) as u8;
    assert!(buffer.equals(&[expected, 0]).unwrap(), "a count was lost");
}

#[test]
fn the_default_session_works() {
    let sealed = Enclave::new(&mut b"secret".to_vec()).unwrap();
    assert!(sealed.open().unwrap().equals(b"secret").unwrap());
    memguard::purge();
    assert!(sealed.open().is_err());
}
