//! The example `password_prompt` on a terminal: nothing is shown, and the terminal is left as it was.

#![allow(clippy::disallowed_methods, reason = "a test of a program that talks")]

use super::examples::example;
use crate::support::within_patience;
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

/// What a keyboard sends for Ctrl-C, Ctrl-\ and Ctrl-D.
const INTERRUPT: u8 = 3;
const QUIT: u8 = 28;
const END: u8 = 4;

/// The program at its prompt. The terminal is its controlling one, so that keys send it signals.
struct Prompt {
    child: Child,
    keyboard: File,
    terminal: OwnedFd,
}

impl Prompt {
    fn new() -> Self {
        let (mut ours, mut theirs) = (0, 0);
        let none = std::ptr::null_mut::<()>();
        // SAFETY: the call writes both numbers, and every other pointer may be null.
        assert_eq!(unsafe { libc::openpty(&mut ours, &mut theirs, none.cast(), none.cast(), none.cast()) }, 0);
        // SAFETY: both descriptors were opened above, and no other code owns them.
        let (keyboard, terminal) = unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
        let mut command = example("password_prompt");
        command.stdin(terminal.try_clone().unwrap()).stdout(terminal.try_clone().unwrap()).stderr(Stdio::piped());
        // SAFETY: the child makes four system calls before it runs the program.
        unsafe {
            command.pre_exec(|| {
                // A shell ignores these signals for what it starts in the background. Then keys would not end it.
                libc::signal(libc::SIGINT, libc::SIG_DFL);
                libc::signal(libc::SIGQUIT, libc::SIG_DFL);
                match libc::setsid() >= 0 && libc::ioctl(0, libc::TIOCSCTTY, 0) == 0 {
                    true => Ok(()),
                    false => Err(std::io::Error::last_os_error()),
                }
            });
        }
        let mut prompt = Self { child: command.spawn().unwrap(), keyboard, terminal };
        // The prompt comes after the echo was switched off. The terminal would show what is typed earlier.
        let mut said = [0; 10];
        prompt.child.stderr.as_mut().unwrap().read_exact(&mut said).unwrap();
        assert_eq!(&said, b"Password: ");
        assert!(!prompt.echoes());
        prompt
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Starts a program and types this. Returns its exit code, and what the terminal showed.
    fn answer(keys: &[u8]) -> (Option<i32>, String) {
        let keys = keys.to_vec();
        within_patience("password_prompt", move || Self::new().type_in(&keys))
    }

    fn type_in(mut self, keys: &[u8]) -> (Option<i32>, String) {
        self.keyboard.write_all(keys).unwrap();
        let status = self.child.wait().unwrap();
        assert!(self.echoes(), "{status}: the terminal does not show what is typed any more");
        // Reading a terminal that no process has open any more ends with an error.
        drop(self.terminal);
        let mut shown = Vec::new();
        let _ = self.keyboard.read_to_end(&mut shown);
        (status.code(), String::from_utf8(shown).unwrap())
    }
}

#[test]
fn a_password_is_not_shown() {
    let done = Prompt::answer(b"hunter2\n");
    assert_eq!(done, (Some(0), "a password of 7 bytes, sealed\r\n".into()));
}

#[test]
fn after_an_error_the_terminal_is_as_before() {
    for keys in [&b"\n"[..], &[END]] {
        assert_eq!(Prompt::answer(keys), (Some(1), String::new()));
    }
}

#[test]
fn after_a_signal_the_terminal_is_as_before() {
    for key in [INTERRUPT, QUIT] {
        let done = Prompt::answer(&[b"hun", &[key][..]].concat());
        assert_eq!(done, (Some(memguard::SIGNAL_EXIT_CODE), String::new()));
    }
}
