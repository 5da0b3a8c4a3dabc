//! The exit codes.

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
// Exhaustive: a script that runs this must know all of them.
pub enum Exit {
    /// Every step that was asked for passed.
    Pass = 0,
    /// A step failed.
    Failed = 1,
    /// The command line is wrong. clap exits with it too.
    Usage = 2,
    /// The machine lacks what a step needs, or the record, the page or the standard output cannot be written.
    Unfit = 4,
    /// SIGHUP ended the run before its time.
    HungUp = 129,
    /// SIGINT ended the run before its time.
    Interrupted = 130,
    /// SIGTERM ended the run before its time.
    Terminated = 143,
}

/// The exit codes, for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  pass: every step that was asked for passed
  1  fail: a step failed: a command failed, or its output did not count what it must count
  2  wrong command line
  4  unfit: the machine lacks what a step needs, or the page cannot be written. The message says what to install
  129, 130, 143  interrupted: SIGHUP, SIGINT or SIGTERM ended the run. The commands are ended too, and the page says
     so. A second signal kills them

Without a terminal, the output of every command is printed as it comes.";
