//! Each kind of call once. What is looked for is in the library's own code: pointers, lengths, lifetimes.

use super::{ISOLATIONS, PAGE, built, simulated};
use memguard::{Cipher, Disposal, Error, Freezing, Isolation, Rekey, with_buffers};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn buffers_of_several_lengths() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            let buffers: Vec<_> = [1, 8, 32, PAGE, PAGE + 1].map(|len| session.buffer(len).unwrap()).into();
            for buffer in &buffers {
                buffer.write().unwrap().fill(7);
                assert!(buffer.equals(&vec![7; buffer.len()]).unwrap());
            }
            let clone = buffers[2].try_clone().unwrap();
            assert!(clone.equals_buffer(&buffers[2]).unwrap());
            assert_eq!(buffers[3].destroy(), Ok(Disposal::Wiped));
            assert!(session.buffer(32).unwrap().equals(&[0; 32]).unwrap(), "a slot that is used again");
        });
    }
}

#[test]
fn bytes_come_in_and_go_out() {
    simulated(Isolation::Page, |session| {
        let buffer = session.buffer_from_bytes(&mut [1; 24]).unwrap();
        buffer.melt().unwrap();
        buffer.copy_from_at(8, &[2; 8]).unwrap();
        buffer.move_from_at(16, &mut [3; 8]).unwrap();
        let mut out = Vec::new();
        buffer.reader().read_to_end(&mut out).unwrap();
        assert_eq!(out, [[1; 8], [2; 8], [3; 8]].concat());
        buffer.scramble().unwrap();
        buffer.wipe().unwrap();
        assert!(buffer.equals(&[0; 24]).unwrap());
        let text = session.buffer_from_string(&mut "grün".to_owned()).unwrap();
        text.string_slice(|text| assert_eq!(text, "grün")).unwrap();
        let read = session.buffer_from_reader(&[5; 9][..], 9).unwrap();
        assert_eq!(read.with_data(<[u8]>::len), Ok(9));
    });
}

#[test]
fn views_lie_in_one_another() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            let (a, b) = (session.buffer(32).unwrap(), session.buffer(32).unwrap());
            let (outer, inner) = (a.read().unwrap(), a.read().unwrap());
            assert_eq!(*outer, *inner);
            drop(outer);
            assert!(a.try_write().is_err());
            drop(inner);
            a.uint64_slice_mut(|numbers| numbers.fill(u64::MAX)).unwrap();
            a.uint32_slice(|numbers| b.write().unwrap()[..4].copy_from_slice(&numbers[0].to_ne_bytes())).unwrap();
            with_buffers(&[&b], &[&a], |reads, writes| assert_eq!(reads[0][..4], writes[0][..4])).unwrap();
            a.byte_array(|bytes: &[u8; 32]| assert_eq!(bytes[31], 0xFF)).unwrap();
        });
    }
}

#[test]
fn frozen_buffers() {
    for freezing in [Freezing::ByAccess, Freezing::InHardware] {
        built(
            |builder| builder.freezing(freezing),
            |session| {
                let buffer = session.buffer_from_bytes(&mut [9; 16]).unwrap();
                assert!(matches!(buffer.write(), Err(Error::Frozen)));
                buffer.melt().unwrap();
                buffer.write().unwrap()[0] = 1;
                buffer.freeze().unwrap();
                assert_eq!(buffer.read().unwrap()[..2], [1, 9]);
            },
        );
    }
}

#[test]
fn enclaves() {
    built(
        |builder| builder.cipher(Cipher::XChaCha20Poly1305),
        |session| {
            let enclave = session.enclave_new_for(&mut [4; 20], b"a user").unwrap();
            enclave.with_data(|bytes| assert_eq!(bytes, [4; 20])).unwrap();
            let into = session.buffer(20).unwrap();
            enclave.open_into(&into).unwrap();
            let sealed = into.seal().unwrap();
            assert_eq!(session.rekey(), Ok(Rekey::Done));
            assert!(sealed.open().unwrap().equals(&[4; 20]).unwrap());
            let again = session.enclave_from_sealed(sealed.clone().sealed()).unwrap();
            assert!(again.open_once().unwrap().equals(&[4; 20]).unwrap());
        },
    );
}

#[test]
fn streams_and_growing_buffers() {
    built(
        |builder| builder.stream_chunk(PAGE),
        |session| {
            let mut stream = session.stream().unwrap();
            stream.write_all(&[6; 2 * PAGE]).unwrap();
            let mut out = [0; PAGE / 2];
            stream.read_exact(&mut out).unwrap();
            assert_eq!(out, [6; PAGE / 2]);
            assert_eq!(stream.drain().unwrap().unwrap().len(), 3 * PAGE / 2);
            let mut growing = session.secret_vec().unwrap();
            for byte in 0..=99 {
                growing.push(byte).unwrap();
            }
            growing.truncate(50).unwrap();
            assert_eq!(growing.into_buffer().read().unwrap()[49], 49);
        },
    );
}

#[test]
fn a_panic_inside_a_view() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            let buffer = session.buffer(8).unwrap();
            let panics = || buffer.with_data_mut(|bytes| bytes[8] = 1);
            assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            assert_eq!(buffer.write().unwrap().len(), 8);
        });
    }
}

#[test]
fn a_purge_inside_a_view() {
    for isolation in ISOLATIONS {
        simulated(isolation, |session| {
            let (held, other) = (session.buffer(8).unwrap(), session.buffer(8).unwrap());
            held.with_data(|_| assert_eq!(session.purge().handed_over, 1)).unwrap();
            assert!(!held.is_alive() && !other.is_alive());
            assert!(session.buffer(8).is_ok());
        });
    }
}
