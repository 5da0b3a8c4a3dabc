//! `Secret<T>`: a value at its alignment in every kind of session, and otherwise a buffer.

use memguard::{Disposal, Error, Isolation, Secret, Session};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use zerocopy::{FromBytes, Immutable, IntoBytes, Unaligned, big_endian};

const ISOLATIONS: [Isolation; 4] = [Isolation::Page, Isolation::Packed, Isolation::Concealed, Isolation::Secret];

fn session(isolation: Isolation) -> Session {
    let hide = (memguard::ControlKind::Hide, memguard::ControlPolicy::Prefer);
    Session::builder().rekey_interval(None).isolation(isolation).control(hide.0, hide.1).build().unwrap()
}

#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C, align(256))]
struct Wide([u8; 768]);

/// Longer than a page.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Long([u128; 300]);

#[derive(FromBytes, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
struct Packable {
    key: [u8; 21],
    uses: big_endian::U64,
}

/// Many, so that a place that is aligned by chance does not pass.
fn are_aligned<T: FromBytes + IntoBytes + Immutable>(session: &Session) {
    let secrets: Vec<Secret<T>> = (0..9).map(|_| session.secret().unwrap()).collect();
    for secret in &secrets {
        let bytes = size_of::<T>();
        assert_eq!(secret.as_buffer().len(), bytes);
        let at = std::ptr::from_ref(&*secret.read().unwrap()).addr();
        assert_eq!(at % align_of::<T>(), 0, "{bytes} bytes, aligned to {}", align_of::<T>());
        assert!(secret.read().unwrap().as_bytes().iter().all(|&byte| byte == 0), "it is zero at first");
        secret.write().unwrap().as_mut_bytes().fill(0xA5);
        assert!(secret.as_buffer().equals(&vec![0xA5; bytes]).unwrap(), "the value is all of the buffer");
        assert_eq!(secret.as_buffer().with_data(|bytes| bytes.as_ptr().addr()).unwrap(), at);
    }
    assert!(secrets.iter().all(|secret| secret.as_buffer().verify().unwrap().is_intact()));
}

#[test]
fn values_are_aligned_and_zero_at_first() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        are_aligned::<u8>(&session);
        are_aligned::<[u8; 33]>(&session);
        are_aligned::<u16>(&session);
        are_aligned::<[u32; 3]>(&session);
        are_aligned::<u64>(&session);
        are_aligned::<u128>(&session);
        are_aligned::<Wide>(&session);
        are_aligned::<Long>(&session);
        are_aligned::<Packable>(&session);
        assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
    }
}

/// As the page says: a type of alignment 1 is packed.
#[test]
fn unaligned_types_share_pages() {
    let session = session(Isolation::Packed);
    let page_of = |address: usize| address / rustix::param::page_size();
    let packed: Vec<Secret<Packable>> = (0..4).map(|_| session.secret().unwrap()).collect();
    let pages = packed.iter().map(|secret| page_of(std::ptr::from_ref(&*secret.read().unwrap()).addr()));
    assert!(pages.clone().all(|page| Some(page) == pages.clone().next()), "{:?}", pages.collect::<Vec<_>>());
    packed[0].write().unwrap().uses += 3;
    assert_eq!((packed[0].read().unwrap().uses.get(), packed[0].read().unwrap().key), (3, [0; 21]));
}

#[test]
fn a_closure_fills_it_in_place() {
    for isolation in ISOLATIONS {
        let session = session(isolation);
        let mut place = 0;
        let secret = session.secret_new_with(|value: &mut [u64; 2]| {
            assert_eq!(*value, [0; 2]);
            place = value.as_ptr().addr();
            *value = [1, 2];
        });
        let secret = secret.unwrap();
        assert_eq!((*secret.read().unwrap(), secret.read().unwrap().as_ptr().addr()), ([1, 2], place));
        assert_eq!(secret.write().map(drop), Err(Error::Frozen));
        let panics = |value: &mut u64| {
            *value = 7;
            resume_unwind(Box::new("planned"))
        };
        assert!(catch_unwind(AssertUnwindSafe(|| session.secret_new_with(panics))).is_err());
        assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (1, 0));
        let refuses = |value: &mut u64| {
            *value = 7;
            Err(std::io::Error::other("refused"))
        };
        let refused = session.secret_try_new_with(refuses).map(drop);
        assert_eq!(refused.unwrap_err().to_string(), "refused", "the error is the closure's own");
        assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (1, 0));
        let made = session.secret_try_new_with(|value: &mut u64| {
            *value = 7;
            Ok::<_, Error>(())
        });
        assert_eq!(made.map(|made| *made.read().unwrap()), Ok(7));
        let purged = session.secret_new_with(|value: &mut u64| {
            session.purge();
            *value = 7;
        });
        assert_eq!(purged.map(drop), Err(Error::Destroyed));
        assert_eq!((session.health().live_buffers, session.audit().dirty_slots), (0, 0));
    }
}

/// Wipe, freeze, seal, destroy and purge are those of the buffer, also inside an access.
#[test]
fn it_is_a_buffer() {
    let session = session(Isolation::Packed);
    let secret: Secret<[u32; 2]> = session.secret_new_with(|value: &mut [u32; 2]| *value = [1, 2]).unwrap();
    secret.as_buffer().melt().unwrap();
    let sealed = session.enclave(&mut [[3, 0, 0, 0], [4, 0, 0, 0]].concat()).unwrap();
    sealed.open_into(secret.as_buffer()).unwrap();
    assert_eq!(secret.read().unwrap().map(u32::to_le), [3, 4]);
    secret.as_buffer().wipe().unwrap();
    assert_eq!(*secret.read().unwrap(), [0, 0]);
    {
        let inside = secret.read().unwrap();
        assert!(matches!(secret.write(), Err(Error::Reentrant { .. })));
        assert_eq!(session.purge().handed_over, 1);
        assert_eq!(*inside, [0, 0], "it stays readable here");
    }
    assert_eq!(secret.read().map(drop), Err(Error::Destroyed));
    assert_eq!(session.health().handed_over, 0);

    let buffer = session.secret_new_with(|value: &mut u32| *value = 5).unwrap().into_buffer();
    assert!(buffer.equals(&5_u32.to_ne_bytes()).unwrap());
    assert_eq!(buffer.destroy(), Ok(Disposal::Wiped));
}

#[test]
fn what_has_no_place_is_refused() {
    #[derive(FromBytes, IntoBytes, Immutable)]
    #[repr(C, align(1048576))]
    struct TooAligned([u8; 1 << 20]);
    let session = session(Isolation::Page);
    let max = rustix::param::page_size();
    assert_eq!(session.secret::<TooAligned>().map(drop), Err(Error::OverAligned { align: 1 << 20, max }));
    assert_eq!(session.secret::<[u64; 0]>().map(drop), Err(Error::EmptyLength));
}

#[test]
fn debug_shows_no_value() {
    let session = session(Isolation::Page);
    let secret = session.secret_new_with(|value: &mut u32| *value = 1_234_567_890).unwrap();
    secret.as_buffer().melt().unwrap();
    let shown = format!("{secret:?} {:?}", secret.read().unwrap()) + &format!(" {:?}", secret.write().unwrap());
    let buffer = "Secret { buffer: Buffer { len: 4, alive: true, .. }, .. }";
    assert_eq!(shown, format!("{buffer} SecretReadGuard {{ len: 4, .. }} SecretWriteGuard {{ len: 4, .. }}"));
}

#[test]
fn the_default_session_has_the_same() {
    *Secret::<i64>::new().unwrap().write().unwrap() -= 1;
    assert_eq!(*Secret::new_with(|value: &mut i64| *value = -9).unwrap().read().unwrap(), -9);
    let refused = Secret::try_new_with(|_: &mut i64| Err(Error::Frozen));
    assert_eq!(refused.map(drop), Err(Error::Frozen));
}
