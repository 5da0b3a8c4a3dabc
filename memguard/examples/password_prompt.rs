//! A password prompt. The terminal does not show the password, and only locked memory holds it.
//!
//! Run it with `cargo run -p memguard --example password_prompt`, or feed it from a pipe.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, ReadCause, ReadError};
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};

/// Switches the terminal's echo off and returns the modes from before; `None` if the input is not a terminal.
fn silence(input: &OwnedFd) -> io::Result<Option<Termios>> {
    if !isatty(input) {
        return Ok(None);
    }
    let before = tcgetattr(input)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(input, OptionalActions::Flush, &silent)?;
    Ok(Some(before))
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
    let before = silence(&input)?;
    if let Some(before) = before.clone() {
        // On Ctrl-C the echo is switched on again, everything is wiped, and the process ends.
        let input = input.try_clone()?;
        memguard::catch_signal(move |_| restore(&input, &before), &[libc::SIGINT, libc::SIGTERM])?;
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
