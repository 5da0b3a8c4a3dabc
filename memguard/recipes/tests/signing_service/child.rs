//! The service as a child process.

use memguard_recipes::service::signer::{Code, code};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Far longer than any test takes on the slowest machine. Only a hang takes as long.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The key of the service that the tests start.
pub const KEY: &[u8] = b"a key of 32 bytes, for tests only";

pub fn signed(message: &[u8]) -> String {
    let code: Code = code(KEY, message);
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub struct Service {
    child: Child,
    lines: Receiver<String>,
    pub address: SocketAddr,
}

impl Service {
    pub fn start() -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(KEY).unwrap();
        let mut child = Self::command(&["127.0.0.1:0", file.path().to_str().unwrap()]);
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || output.lines().try_for_each(|line| sender.send(line.unwrap())));
        let mut service = Self { child, lines, address: ([0; 4], 0).into() };
        let line = service.line();
        let address = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}"));
        service.address = address.parse().unwrap();
        service
    }

    pub fn command(arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signing_service"));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The next line that it prints.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the service prints a line")
    }

    pub fn terminate(&self) {
        let pid = self.child.id().try_into().unwrap();
        // SAFETY: a signal to our own child, which has not been waited for.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    }

    /// Waits for its end. Returns what it printed until then.
    pub fn end(mut self) -> (ExitStatus, Vec<String>) {
        let mut rest = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(line),
                // It has closed its output, so it has ended.
                Err(RecvTimeoutError::Disconnected) => return (self.child.wait().unwrap(), rest),
                Err(RecvTimeoutError::Timeout) => panic!("the service does not end"),
            }
        }
    }
}

/// A test that fails leaves no service behind.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
