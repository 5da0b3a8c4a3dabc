//! EXACT: AEGIS-256 as the draft and another implementation compute it.

#![cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]

use super::block::store;
use super::state::{State, halves};
use super::{NONCE_LEN, TAG_LEN, is_available, open, seal};
use crate::crypto::form::KEY_LEN;

type Key = [u8; KEY_LEN];
type Nonce = [u8; NONCE_LEN];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn blocks<const LEN: usize>(text: [&str; LEN]) -> [[u8; 16]; LEN] {
    text.map(|text| hex(text).try_into().unwrap())
}

fn first_bytes(begin: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&hex(begin));
    bytes
}

/// The key and the nonce of the draft's test vectors.
fn of_the_draft() -> (Key, Nonce) {
    (first_bytes("10010000"), first_bytes("10000200"))
}

fn sealed(key: &Key, nonce: &Nonce, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut sealed = vec![0; plain.len() + TAG_LEN];
    seal(key, nonce, aad, plain, &mut sealed).unwrap();
    sealed
}

/// What the bytes open to. Bytes that do not authenticate must leave zeros.
fn opened(key: &Key, nonce: &Nonce, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = vec![0xee; sealed.len() - TAG_LEN];
    let result = open(key, nonce, aad, sealed, &mut plain);
    if result.is_err() {
        assert!(plain.iter().all(|&byte| byte == 0), "nothing stays that did not authenticate");
    }
    result.is_ok().then_some(plain)
}

/// The draft's vectors 1 to 5: associated data, message, ciphertext, tag of 256 bits.
const VECTORS: [[&str; 4]; 5] = [
    [
        "",
        "00000000000000000000000000000000",
        "754fc3d8c973246dcc6d741412a4b236",
        "1181a1d18091082bf0266f66297d167d2e68b845f61a3b0527d31fc7b7b89f13",
    ],
    ["", "", "", "6a348c930adbd654896e1666aad67de989ea75ebaa2b82fb588977b1ffec864a"],
    [
        "0001020304050607",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "f373079ed84b2709faee373584585d60accd191db310ef5d8b11833df9dec711",
        "b7d28d0c3c0ebd409fd22b44160503073a547412da0854bfb9723020dab8da1a",
    ],
    [
        "0001020304050607",
        "000102030405060708090a0b0c0d",
        "f373079ed84b2709faee37358458",
        "8c1cc703c81281bee3f6d9966e14948b4a175b2efbdc31e61a98b4465235c2d9",
    ],
    [
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829",
        "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
        "57754a7d09963e7c787583a2e7b859bb24fa1e04d49fd550b2511a358e3bca252a9b1b8b30cc4a67",
        "a3aca270c006094d71c20e6910b5161c0826df233d08919a566ec2c05990f734",
    ],
];

#[test]
fn the_vectors_of_the_draft() {
    if !is_available() {
        return;
    }
    let (key, nonce) = of_the_draft();
    for [aad, plain, ciphertext, tag] in VECTORS {
        let (aad, plain) = (hex(aad), hex(plain));
        let wanted = [hex(ciphertext), hex(tag)].concat();
        assert_eq!(sealed(&key, &nonce, &aad, &plain), wanted);
        assert_eq!(opened(&key, &nonce, &aad, &wanted), Some(plain));
    }
}

/// The draft's vectors 6 to 9: key and nonce swapped, and one changed bit each in ciphertext, associated data and tag.
#[test]
fn the_vectors_that_the_draft_says_must_fail() {
    if !is_available() {
        return;
    }
    let (key, nonce) = of_the_draft();
    let [aad, _, ciphertext, tag] = VECTORS[3];
    let (aad, sealed) = (hex(aad), hex(&[ciphertext, tag].concat()));
    assert!(opened(&key, &nonce, &aad, &sealed).is_some());
    assert!(opened(&nonce, &key, &aad, &sealed).is_none());
    let changed = |at: usize, bits: u8| {
        let mut changed = sealed.clone();
        changed[at] ^= bits;
        changed
    };
    assert!(opened(&key, &nonce, &aad, &changed(13, 1)).is_none());
    assert!(opened(&key, &nonce, &hex("0001020304050608"), &sealed).is_none());
    assert!(opened(&key, &nonce, &aad, &changed(sealed.len() - 1, 3)).is_none());
}

/// The draft's test vector of `Update`.
#[test]
fn an_update_as_in_the_draft() {
    if !is_available() {
        return;
    }
    let before = blocks([
        "1fa1207ed76c86f2c4bb40e8b395b43e",
        "b44c375e6c1e1978db64bcd12e9e332f",
        "0dab84bfa9f0226432ff630f233d4e5b",
        "d7ef65c9b93e8ee60c75161407b066e7",
        "a760bb3da073fbd92bdc24734b1f56fb",
        "a828a18d6a964497ac6e7e53c5f55c73",
    ]);
    let [message] = blocks(["b165617ed04ab738afb2612c6d18a1ec"]);
    let after = blocks([
        "e6bc643bae82dfa3d991b1b323839dcd",
        "648578232ba0f2f0a3677f617dc052c3",
        "ea788e0e572044a46059212dd007a789",
        "2f1498ae19b80da13fba698f088a8590",
        "a54c2ee95e8c2a2c3dae2ec743ae6b86",
        "a3240fceb68e32d5d114df1b5363ab67",
    ]);
    // SAFETY: the processor has the instructions.
    assert_eq!(unsafe { updated(&before, &message) }, after);
}

#[target_feature(enable = "aes")]
fn updated(before: &[[u8; 16]; 6], message: &[u8; 16]) -> [[u8; 16]; 6] {
    let pair = |at: usize| [before[at], before[at + 1]].concat().try_into().unwrap();
    let ([s0, s1], [s2, s3], [s4, s5]) = (halves(&pair(0)), halves(&pair(2)), halves(&pair(4)));
    let mut state = State([s0, s1, s2, s3, s4, s5]);
    state.update(super::block::load(message));
    let mut after = [[0; 16]; 6];
    for (block, bytes) in state.0.into_iter().zip(&mut after) {
        store(block, bytes);
    }
    after
}

fn drawn(len: usize, salt: usize) -> Vec<u8> {
    (0..len).map(|at| ((at + 7 * salt) * 151 + at / 256 + 13) as u8).collect()
}

/// Every length up to 300 bytes, and those around the sizes that the library handles differently.
#[test]
fn every_length_as_another_implementation_seals_it() {
    if !is_available() {
        return;
    }
    let around = [512, 4096, 16 << 10, 1 << 20].into_iter().flat_map(|len| len - 17..=len + 17);
    for len in (0..=300).chain(around) {
        let (key, nonce) = (drawn(32, len).try_into().unwrap(), drawn(32, len + 1).try_into().unwrap());
        let (aad, plain) = (drawn(len % 67, 3), drawn(len, 4));
        let ours = sealed(&key, &nonce, &aad, &plain);
        let (mut theirs, tag) = ::aegis::aegis256::Aegis256::<TAG_LEN>::new(&key, &nonce).encrypt(&plain, &aad);
        theirs.extend(tag);
        assert!(ours == theirs, "{len} bytes");
        assert!(opened(&key, &nonce, &aad, &theirs) == Some(plain), "{len} bytes");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    if !is_available() {
        return;
    }
    let (key, nonce) = of_the_draft();
    for len in [0, 1, 15, 16, 17, 32, 100] {
        let (aad, plain) = (drawn(18, 1), drawn(len, 2));
        let sealed = sealed(&key, &nonce, &aad, &plain);
        let flipped = |bytes: &[u8], bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        for bit in 0..8 * sealed.len() {
            assert!(opened(&key, &nonce, &aad, &flipped(&sealed, bit)).is_none(), "{len} bytes, bit {bit}");
        }
        for bit in 0..8 * aad.len() {
            assert!(
                opened(&key, &nonce, &flipped(&aad, bit), &sealed).is_none(),
                "{len} bytes, bit {bit} of the header"
            );
        }
        for bit in 0..8 * 32 {
            let of = |bytes: &[u8; 32]| flipped(bytes, bit).try_into().unwrap();
            assert!(opened(&of(&key), &nonce, &aad, &sealed).is_none(), "{len} bytes, bit {bit} of the key");
            assert!(opened(&key, &of(&nonce), &aad, &sealed).is_none(), "{len} bytes, bit {bit} of the nonce");
        }
        for cut in 0..sealed.len() - TAG_LEN {
            assert!(opened(&key, &nonce, &aad, &sealed[..cut + TAG_LEN]).is_none(), "{len} bytes, cut to {cut}");
        }
    }
}

/// A wrong length of any part is an error, not a panic.
#[test]
fn parts_of_other_lengths_are_refused() {
    let (key, nonce) = of_the_draft();
    let mut out = [0; 64];
    assert!(seal(&key[1..], &nonce, b"", &[1; 16], &mut out[..48]).is_err());
    assert!(seal(&key, &nonce, b"", &[1; 16], &mut out[..47]).is_err());
    assert!(seal(&key, &nonce, b"", &[1; 16], &mut out[..49]).is_err());
    assert!(open(&key, &nonce, b"", &[1; 31], &mut []).is_err());
    assert!(open(&key, &nonce, b"", &[1; 48], &mut out[..15]).is_err());
}
