//! `SecretVec` where the system refuses memory: nothing is lost.

use memguard::{Error, Fault, Isolation, Session, Sim};

/// The Nth call for memory and the one after it are refused, for every N: those for twice the room, and for less. The
/// secret is as it was, or has grown.
#[test]
fn growing_that_is_refused_loses_nothing() {
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let mut refused = 0;
        for (call, n) in ["mmap", "mlock", "mprotect"].into_iter().flat_map(|call| (1..12).map(move |n| (call, n))) {
            let sim = Sim::new(64);
            let builder = Session::builder().rekey_interval(None).pool_pages(0).isolation(isolation);
            let session = builder.simulated(&sim).build().unwrap();
            let mut secret = session.secret_vec().unwrap();
            let mut reference = Vec::new();
            (n..n + 2).for_each(|n| sim.fail(Fault::Nth { call, n, errno: 12 }));
            for piece in 0..20_u8 {
                match secret.extend_from_slice(&[piece; 13]) {
                    Ok(()) => reference.extend([piece; 13]),
                    Err(Error::Limit(_) | Error::System { .. }) => refused += 1,
                    Err(other) => panic!("{call} {n}: {other:?}"),
                }
                assert_eq!(secret.len(), reference.len(), "{isolation:?}, {call} {n}");
                // A session that conceals may be refused this access.
                if let Ok(same) = secret.as_buffer().equals(&reference) {
                    assert!(same, "{isolation:?}, {call} {n}");
                }
            }
            assert!(secret.as_buffer().equals(&reference).unwrap(), "{isolation:?}, {call} {n}");
            assert_eq!(session.health().live_buffers, 1);
            drop((secret, session));
            let report = sim.report();
            assert_eq!((report.live_bytes, report.unwiped_bytes, report.violations), (0, 0, vec![]), "{call} {n}");
        }
        assert!(refused > 0, "{isolation:?}: nothing was refused");
    }
}

/// Where there is no memory for twice the room, it takes just enough.
#[test]
fn it_takes_what_there_is() {
    let sim = Sim::new(64);
    let builder = Session::builder().rekey_interval(None).pool_pages(0);
    let session = builder.simulated(&sim).build().unwrap();
    let mut secret = session.secret_vec_with_capacity(640).unwrap();
    secret.extend_from_slice(&[7; 640]).unwrap();
    sim.fail(Fault::Nth { call: "mlock", n: 1, errno: 12 });
    secret.push(8).unwrap();
    assert_eq!(secret.capacity(), 704, "one more page");
    secret.extend_from_slice(&[8; 64]).unwrap();
    assert_eq!(secret.capacity(), 1408, "twice");
    assert!(secret.as_buffer().equals(&[[7; 640].as_slice(), &[8; 65]].concat()).unwrap());
}
