//! FOREIGN: a program may leak a guard. The access then never ends. Its memory stays, and nobody else is harmed.

use crate::support::within_patience;
use memguard::{Disposal, Session};
use std::mem::forget;

#[test]
fn one_keeps_its_memory_and_harms_nobody() {
    within_patience("leaked guards", || {
        let session = Session::builder().rekey_interval(None).build().unwrap();
        let leak: [fn(&memguard::Buffer) -> *const u8; 3] = [
            |buffer| {
                let guard = buffer.read().unwrap();
                let address = guard.as_ptr();
                forget(guard);
                address
            },
            |buffer| {
                let guard = buffer.write().unwrap();
                let address = guard.as_ptr();
                forget(guard);
                address
            },
            |buffer| {
                let mut reader = buffer.reader();
                let address = std::io::BufRead::fill_buf(&mut reader).unwrap().as_ptr();
                forget(reader);
                address
            },
        ];
        for (number, leak) in leak.into_iter().enumerate() {
            let buffer = session.buffer(8).unwrap();
            buffer.copy_from(b"a secret").unwrap();
            let address = leak(&buffer);
            let ends: [fn(memguard::Buffer, &Session); 3] = [
                |buffer, _| drop(buffer),
                |buffer, _| assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver)),
                |_buffer, session| assert_eq!(session.purge().handed_over, 1),
            ];
            ends[number](buffer, &session);
            // SAFETY: the pages of a leaked access stay mapped and readable.
            let kept = unsafe { std::slice::from_raw_parts(address, 8) };
            assert_eq!(kept, b"a secret");
            // Many new buffers, one of which would get the freed lease's address.
            let others: Vec<_> = (0..100).map(|_| session.buffer(8).unwrap()).collect();
            for other in &others {
                other.write().expect("no other buffer is taken for the leaked one").fill(1);
            }
        }
        let report = session.close();
        assert_eq!((report.wiped, report.pending), (0, 3));
    });
}

#[test]
fn one_of_a_thread_that_ended_harms_nobody() {
    within_patience("leaked guards", || {
        let session = Session::builder().rekey_interval(None).build().unwrap();
        let buffer = session.buffer(8).unwrap();
        std::thread::scope(|scope| scope.spawn(|| forget(buffer.write().unwrap())).join().unwrap());
        assert_eq!(buffer.destroy(), Ok(Disposal::HandedOver));
        drop(buffer);
        let others: Vec<_> = (0..100).map(|_| session.buffer(8).unwrap()).collect();
        others.iter().for_each(|other| other.write().unwrap().fill(1));
        drop(others);
        assert_eq!(session.close().pending, 1);
    });
}
