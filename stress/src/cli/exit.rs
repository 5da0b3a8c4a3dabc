//! The exit codes.

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every guarantee was seen to hold.
    Pass = 0,
    /// A guarantee was broken, or something that had to be seen was not.
    Broken = 1,
    /// The command line is wrong, or an input cannot be read. clap exits with it too.
    Usage = 2,
    /// A thread stalled.
    Stall = 3,
    /// The machine cannot run the scenarios, or a report or the standard output cannot be written.
    Unfit = 4,
    /// SIGINT ended the run before its time.
    Interrupted = 130,
    /// SIGTERM ended the run before its time.
    Terminated = 143,
}

/// The exit codes and other facts, for `--help`.
pub const HELP: &str = "\
Exit codes:
  0  pass: every scenario did work, broke no guarantee, provoked what it must provoke, and left nothing behind
  1  fail: a guarantee was broken, or a scenario did no work, or an expected outcome never occurred.
     self-test: a planted bug was not caught. compare: something got worse
  2  wrong command line, or compare or merge cannot use a record
  3  stall: a thread made no progress for --stall-after. The output says which thread holds what and waits for what
  4  unfit: this machine cannot run the scenarios (too little lockable memory, no /proc, no threads), or a report
     or the standard output cannot be written. The message says what to change
  130, 143  interrupted: SIGINT or SIGTERM ended the run early, and until then nothing was wrong. The report says that
     it is partial. A second signal ends the process at once, without a report
  If another signal ends the process (a shell shows 139 for SIGSEGV), protected memory was touched: a guard page, or a
  buffer that is frozen or unmapped. That is a broken guarantee too. The standard error and crash.txt beside the
  report say which thread did it, and partial.json is the report up to then.

SIGQUIT (Ctrl-\\) prints what each thread does, holds and waits for, and the run goes on.

The seed fixes what each thread does, not how the threads interleave. The same seed gives the same work in another
order. A violation may need several runs to appear again. A pass shows that nothing went wrong in this run.

Every run writes records/stress.json and stress.md, into target/stress of the checkout unless an option names another
place. If a scenario has not provoked all
expected outcomes when its time is up, it runs longer: up to ten times its time, and at most 20 seconds.";
