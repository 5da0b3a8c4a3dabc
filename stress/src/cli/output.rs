//! What the program prints. A stream that cannot be written is an error and never a panic.

use super::exit::Exit;
use std::fmt;
use std::io::{self, Write as _};

/// The standard output. After the first error nothing more is written.
#[derive(Debug, Default)]
pub struct Output {
    error: Option<io::Error>,
}

impl Output {
    /// Prints the text.
    pub fn print(&mut self, text: impl fmt::Display) {
        if self.error.is_none() {
            let mut stdout = io::stdout().lock();
            // In one piece, so that a reader who leaves early has read whole lines.
            let text = text.to_string();
            self.error = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).err();
        }
    }

    /// Whether everything was printed. Says so if not.
    pub fn is_complete(&self) -> bool {
        if let Some(error) = &self.error {
            complain(format_args!("the standard output cannot be written: {error}"));
        }
        self.error.is_none()
    }

    /// How the process ends that would end this way, had everything been printed.
    pub fn exit(&self, exit: Exit) -> Exit {
        if self.is_complete() || exit != Exit::Pass { exit } else { Exit::Unfit }
    }
}

/// Prints the text, which is all the output of the process.
pub fn print(text: impl fmt::Display, exit: Exit) -> Exit {
    let mut output = Output::default();
    output.print(text);
    output.exit(exit)
}

/// Prints to the standard error. What cannot be printed there is lost, and the exit code still tells.
pub fn complain(text: impl fmt::Display) {
    let text = format!("memguard-stress: {text}");
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}
