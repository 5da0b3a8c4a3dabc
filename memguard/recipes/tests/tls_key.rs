//! The server's key stays in locked pages. rustls' own key does not, which is why there is another one.

#[allow(dead_code, reason = "the tests of the library use the rest")]
#[path = "../../tests/support/scan.rs"]
mod scan;

use memguard::Buffer;
use memguard_recipes::tls::certificate::self_signed;
use memguard_recipes::tls::handshake::{handshake, server};
use memguard_recipes::tls::key::LockedKey;
use scan::{Process, Wanted};
use sha2::{Digest, Sha512};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// An Ed25519 key in PKCS#8.
fn der(seed: [u8; 32]) -> Vec<u8> {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [&head[..], &seed].concat()
}

fn locked_key() -> LockedKey {
    LockedKey::new(Buffer::from_bytes(&mut der([5; 32])).unwrap()).unwrap()
}

#[test]
fn a_client_accepts_the_signature() {
    let key = locked_key();
    let certificate = self_signed(&key).unwrap();
    let server = server(certificate.clone(), Arc::new(key)).unwrap();
    handshake(&server, certificate).unwrap();
}

#[test]
fn a_client_refuses_another_key() {
    let (key, other) = (locked_key(), LockedKey::new(Buffer::from_bytes(&mut der([6; 32])).unwrap()).unwrap());
    let trusted = self_signed(&other).unwrap();
    let server = server(self_signed(&key).unwrap(), Arc::new(key)).unwrap();
    handshake(&server, trusted).unwrap_err();
}

/// The other tests have keys in the default session, so this one has a session of its own.
#[test]
fn after_a_purge_nothing_is_signed() {
    let session = memguard::Session::new().unwrap();
    let key = LockedKey::new(session.buffer_from_bytes(&mut der([7; 32])).unwrap()).unwrap();
    let certificate = self_signed(&key).unwrap();
    let server = server(certificate.clone(), Arc::new(key)).unwrap();
    session.purge();
    handshake(&server, certificate).unwrap_err();
}

#[test]
fn other_bytes_are_no_key() {
    let mut cut = der([5; 32]);
    cut.pop();
    for mut bytes in [cut, vec![0; 48], b"-----BEGIN PRIVATE KEY-----".to_vec()] {
        LockedKey::new(Buffer::from_bytes(&mut bytes).unwrap()).unwrap_err();
    }
}

/// Where the program has the key, by the kind of memory: while it holds it, and after it has dropped it.
fn search(argument: &str) -> [Vec<&'static str>; 2] {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tls_key"))
        .arg(argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut from = BufReader::new(from);
    let mut seed = [0; 32];
    memguard::scramble_bytes(&mut seed).unwrap();
    to.write_all(&der(seed)).unwrap();

    // The two halves of the hash are what signs: a scalar, of which the algorithm changes bits, and a prefix.
    let expanded = Sha512::digest(seed);
    let mut wanted = Wanted::default();
    wanted.add("the seed", &seed);
    wanted.add("the scalar", &expanded[1..31]);
    wanted.add("the prefix", &expanded[32..]);
    let process = Process::open(child.id());
    let mut look = |stop: &str| {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), stop);
        let mappings = process.mappings();
        let hits = process.search(&wanted);
        let places = hits.iter().map(|hit| {
            let locked = mappings.iter().any(|mapping| mapping.range.contains(&hit.address) && mapping.has("lo"));
            eprintln!("{argument}, {stop}: {hit:?}, locked: {locked}");
            match locked {
                true => "locked",
                false if hit.mapping.ends_with("[stack]") => "stack",
                false => "heap",
            }
        });
        let places = places.collect();
        to.write_all(b"\n").unwrap();
        places
    };
    let found = [look("held"), look("dropped")];
    assert!(child.wait().unwrap().success());
    found
}

#[test]
fn the_key_is_in_locked_pages_alone() {
    assert_eq!(search("locked"), [vec!["locked"], vec![]]);
}

/// If this fails, rustls or ring may have learnt to wipe. Then the docs of `tls` are to be changed.
#[test]
fn the_key_of_rustls_is_on_the_heap() {
    let [held, dropped] = search("rustls");
    assert!(held.contains(&"heap"), "{held:?}");
    assert!(dropped.contains(&"heap"), "{dropped:?}");
}
