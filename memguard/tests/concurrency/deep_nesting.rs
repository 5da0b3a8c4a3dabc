//! PROGRESS in deep nesting: the library knows what a thread holds, beyond the few leases that fit without an
//! allocation.

use memguard::{Buffer, Error, Session};

const DEPTH: usize = 20;

fn session() -> Session {
    Session::builder().rekey_interval(None).build().unwrap()
}

/// Enters all of `buffers`, each inside the one before, and does `innermost` there.
fn inside_all(buffers: &[Buffer], innermost: &dyn Fn()) {
    match buffers.split_first() {
        Some((first, rest)) => first.with_data(|_| inside_all(rest, innermost)).unwrap(),
        None => innermost(),
    }
}

#[test]
fn every_buffer_that_is_held_is_known_to_be() {
    let session = session();
    let buffers: Vec<_> = (1..=DEPTH).map(|len| session.buffer(len).unwrap()).collect();
    inside_all(&buffers, &|| {
        for buffer in &buffers {
            assert_eq!(buffer.with_data(<[u8]>::len).unwrap(), buffer.len());
            let refused = buffer.with_data_mut(|_| ());
            assert!(matches!(refused, Err(Error::Reentrant { .. })), "{refused:?}");
        }
    });
    // Each is free again, and the library knows that this thread holds nothing. Otherwise one of these would be
    // refused.
    for buffer in &buffers {
        buffer.with_data_mut(|bytes| bytes.fill(1)).unwrap();
    }
    assert_eq!(session.health().live_buffers as usize, DEPTH);
}

#[test]
fn one_buffer_is_read_many_times_over() {
    let session = session();
    let buffer = session.buffer(4).unwrap();
    let guards: Vec<_> = (0..DEPTH).map(|_| buffer.read().unwrap()).collect();
    assert!(matches!(buffer.with_data_mut(|_| ()), Err(Error::Reentrant { .. })));
    // In the order in which they were made, so the leases without an allocation go first.
    guards.into_iter().for_each(drop);
    buffer.with_data_mut(|bytes| bytes.fill(1)).unwrap();
}
