//! A password prompt. The terminal does not show the password, and only locked memory holds it.
//!
//! Run it with `cargo run -p memguard --example password_prompt`, or feed it from a pipe.
//!
//! Crates for prompts return a `String`. Its bytes were in memory that may be swapped out, and `Buffer::from_string`
//! wipes only the last place that they were in. Here they come from the terminal straight into locked pages.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, ReadCause, ReadError};
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

/// The modes of the terminal; `None` if the input is not a terminal.
fn modes(input: &OwnedFd) -> io::Result<Option<Termios>> {
    if isatty(input) { Ok(Some(tcgetattr(input)?)) } else { Ok(None) }
}

/// Switches the terminal's echo off.
fn silence(input: &OwnedFd, before: &Termios) -> io::Result<()> {
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    Ok(tcsetattr(input, OptionalActions::Flush, &silent)?)
}

fn restore(input: &OwnedFd, before: &Termios) {
    let _ = tcsetattr(input, OptionalActions::Flush, before);
}

/// Does not use `std::io::stdin()`, because its buffer is on the heap.
fn read_password(input: OwnedFd) -> Result<Buffer, Box<dyn Error>> {
    match Buffer::from_reader_until(File::from(input), b'\n') {
        Ok(password) => Ok(password),
        // The last line of a pipe may lack its end.
        Err(ReadError { part: Some(password), cause: ReadCause::Reader(error), .. })
            if error.kind() == ErrorKind::UnexpectedEof =>
        {
            Ok(password)
        }
        Err(error) => Err(error.into()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let before = modes(&input)?;
    if let Some(before) = before.clone() {
        // On Ctrl-C and the like the echo is switched on again, everything is wiped, and the process ends. The signals
        // are caught before the echo is switched off, so none of them can leave it off.
        let terminal = input.try_clone()?;
        let modes = before.clone();
        memguard::catch_signal(move |_| restore(&terminal, &modes), &[])?;
        silence(&input, &before)?;
    }
    eprint!("Password: ");
    let password = read_password(input.try_clone()?);
    if let Some(before) = before {
        restore(&input, &before);
        eprintln!();
    }

    let sealed = password?.seal()?;
    println!("a password of {} bytes, sealed", sealed.len());
    Ok(())
}
