//! EXACT: the three implementations are one cipher.

use super::{NONCE_LEN, ROOM, SHORT, TAG_LEN, pieces, short, vectors};
use crate::crypto::form::{KEY_LEN, Refused};

type Seal = fn(&[u8], &[u8; NONCE_LEN], &[u8], &[u8], &mut [u8], &mut [u8]) -> Result<(), Refused>;
type Open = fn(&[u8], &[u8; NONCE_LEN], &[u8], &[u8], &mut [u8]) -> Result<(), Refused>;

const ALL: [(Seal, Open); 3] =
    [(seal_short, short::open), (pieces::seal, pieces::open), (vectors::seal, vectors::open)];

fn seal_short(
    key: &[u8],
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    sealed: &mut [u8],
    _room: &mut [u8],
) -> Result<(), Refused> {
    short::seal(key, nonce, aad, plain, sealed)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The example of draft-irtf-cfrg-xchacha-03, A.3.1.
#[test]
fn all_compute_the_example_of_the_draft() {
    let plain =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen \
                  would be it.";
    let key: [u8; KEY_LEN] = std::array::from_fn(|at| 0x80 + at as u8);
    let nonce = std::array::from_fn(|at| 0x40 + at as u8);
    let wanted =
        hex("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39\
                      ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                      21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
    for (seal, _) in ALL {
        let mut sealed = vec![0; plain.len() + TAG_LEN];
        seal(&key, &nonce, &hex("50515253c0c1c2c3c4c5c6c7"), plain, &mut sealed, &mut [0; ROOM]).unwrap();
        assert_eq!(sealed, wanted);
    }
}

#[test]
fn each_opens_what_the_others_sealed_and_nothing_else() {
    let (key, nonce, aad) = ([7; KEY_LEN], [9; NONCE_LEN], [1; 17]);
    for len in (1..=2 * SHORT).filter(|len| len % 61 < 3) {
        let plain: Vec<u8> = (0..len).map(|at| at as u8).collect();
        let sealed = ALL.map(|(seal, _)| {
            let mut sealed = vec![0; len + TAG_LEN];
            seal(&key, &nonce, &aad, &plain, &mut sealed, &mut [0; ROOM]).unwrap();
            sealed
        });
        assert!(sealed.iter().all(|other| *other == sealed[0]), "{len} bytes");
        for (_, open) in ALL {
            let mut opened = vec![0; len];
            open(&key, &nonce, &aad, &sealed[0], &mut opened).unwrap();
            assert_eq!(opened, plain, "{len} bytes");
            for at in [0, len - 1, len, len + TAG_LEN - 1] {
                let mut changed = sealed[0].clone();
                changed[at] ^= 1;
                let mut opened = vec![0; len];
                assert!(open(&key, &nonce, &aad, &changed, &mut opened).is_err(), "{len} bytes, changed at {at}");
                assert_eq!(opened, vec![0; len], "nothing is decrypted that did not authenticate");
            }
        }
    }
}
