//! A key derived from a password with Argon2id, straight into locked memory.
//!
//! Run it with `echo hunter2 | cargo run -p memguard --example derived_key`. The example `password_prompt` reads a
//! password from a terminal.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use argon2::{Argon2, Block};
use memguard::{Buffer, FlatResult};
use std::error::Error;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use zeroize::Zeroizing;

const KEY_LEN: usize = 32;

/// The function writes the key into its buffer. If it fails, there is no buffer, and what it has written is wiped.
fn derive(password: &Buffer, salt: &[u8]) -> Result<Buffer, Box<dyn Error>> {
    let argon2 = Argon2::default();
    // The key follows from what is in this memory at the end, so the memory is wiped. `hash_password_into` would take
    // memory of its own and give it back as it is.
    let mut memory = Zeroizing::new(vec![Block::default(); argon2.params().block_count()]);
    Buffer::try_new_with(KEY_LEN, |key| {
        let hash =
            |password: &[u8]| Ok(argon2.hash_password_into_with_memory(password, salt, key, memory.as_mut_slice())?);
        password.with_data(hash).flat()
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    // Not `std::io::stdin()`, because its buffer is on the heap.
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let password = Buffer::from_reader_until(input, b'\n')?;

    // A program stores the salt beside what the key protects.
    let key = derive(&password, b"a salt for each password")?;
    assert!(key.equals_buffer(&derive(&password, b"a salt for each password")?)?);
    assert!(!key.equals_buffer(&derive(&password, b"a salt for another one")?)?);
    assert!(derive(&password, b"short").is_err(), "Argon2 refuses a salt of five bytes");
    drop(password);

    let sealed = key.seal()?;
    println!("a key of {} bytes, sealed", sealed.len());
    Ok(())
}
