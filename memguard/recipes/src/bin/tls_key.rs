//! A TLS server whose key stays in locked pages: see [`memguard_recipes::tls`].
//!
//! `openssl genpkey -algorithm ed25519 -outform DER | cargo run -p memguard-recipes --bin tls_key` runs it. With the
//! argument `rustls` it gives the key to rustls instead, to compare. The test searches the memory of both. So the
//! program waits for a byte while it holds the key, and again after it has dropped it.

use memguard::Buffer;
use memguard_recipes::tls::certificate::self_signed;
use memguard_recipes::tls::handshake::{handshake, server};
use memguard_recipes::tls::key::LockedKey;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;

/// The length of an Ed25519 key in PKCS#8.
const LEN: usize = 48;

fn main() -> Result<(), Box<dyn Error>> {
    // Not `std::io::stdin()`, because its buffer is on the heap.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let der = Buffer::from_reader(&mut input, LEN)?;
    let in_rustls = match std::env::args().nth(1).as_deref() {
        // rustls reads the DER where it lies. What it makes of it is a copy all the same.
        Some("rustls") => Some(der.with_data(|der| any_eddsa_type(&PrivatePkcs8KeyDer::from(der)))??),
        _ => None,
    };
    let locked = LockedKey::new(der)?;
    let certificate = self_signed(&locked)?;
    let key = in_rustls.unwrap_or_else(|| Arc::new(locked));
    let config = server(certificate.clone(), key)?;
    handshake(&config, certificate.clone())?;
    println!("held");
    wait(&mut input)?;

    drop(config);
    println!("dropped");
    wait(&mut input)
}

/// Waits for a byte, or for the end of the input.
fn wait(input: &mut File) -> Result<(), Box<dyn Error>> {
    let _is_end = input.read(&mut [0])? == 0;
    Ok(())
}
