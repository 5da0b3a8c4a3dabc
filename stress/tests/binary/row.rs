//! One case of the binary as a value: what it is given, and how it must end.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read as _};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// Far longer than any row takes on the slowest machine. Only a hang takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where a stream of the binary goes.
#[derive(Clone, Copy)]
pub enum Stream {
    /// To the test.
    Read,
    /// To a pipe that nobody reads.
    Closed,
    /// To a full disk.
    Full,
}

/// What happens while the binary runs.
#[derive(Clone, Copy)]
pub enum Step {
    /// A line of the standard output contains this.
    Prints(&'static str),
    /// A signal is sent.
    Send(Signal),
    /// A signal is sent until a line of the standard error contains this.
    SendUntil(Signal, &'static str),
    /// A signal is sent until the binary ends.
    SendUntilEnd(Signal),
    /// A directory is removed.
    Remove(&'static str),
}

/// How the binary ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Code(i32),
    Signal(i32),
}

/// One case. In arguments and texts, `{dir}` is a directory of the case's own, with a file `file` and a directory
/// `sub` in it.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    /// If not empty, a shell does this before it becomes the binary.
    pub shell: &'static str,
    pub arguments: &'static [&'static str],
    /// The standard output and the standard error.
    pub streams: [Stream; 2],
    pub steps: &'static [Step],
    pub end: End,
    /// What the standard output must contain.
    pub prints: &'static [&'static str],
    /// What the standard error must contain.
    pub says: &'static [&'static str],
    /// What neither may contain.
    pub never: &'static [&'static str],
    /// The lines of the standard error, if their number is fixed.
    pub lines: Option<usize>,
    /// Files that are there afterwards, each with a text in it.
    pub leaves: &'static [(&'static str, &'static str)],
    /// Files that are not there afterwards.
    pub lacks: &'static [&'static str],
}

/// A row that expects nothing but the end.
pub const fn row(name: &'static str, arguments: &'static [&'static str], end: End) -> Row {
    Row {
        name,
        shell: "",
        arguments,
        streams: [Stream::Read; 2],
        steps: &[],
        end,
        prints: &[],
        says: &[],
        // No case of the binary is a panic.
        never: &["panicked at"],
        lines: None,
        leaves: &[],
        lacks: &[],
    }
}

/// Runs the rows. Fails with all that went wrong, by name.
pub fn check(rows: &[Row]) {
    let wrong: Vec<String> =
        rows.iter().filter_map(|row| run(row).err().map(|what| format!("{}: {what}", row.name))).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn run(row: &Row) -> Result<(), String> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join("file"), "").expect("a file");
    fs::create_dir(dir.path().join("sub")).expect("a directory");
    let here = dir.path().to_str().expect("a path in UTF-8");
    let placed = |text: &str| text.replace("{dir}", here);

    let mut child =
        start(row, &placed(row.shell), row.arguments.iter().map(|argument| placed(argument).into()).collect());
    let over = kill_if_it_hangs(&child.0);
    let (out, err) = (Lines::of(child.0.stdout.take()), Lines::of(child.0.stderr.take()));
    let (mut out, mut err) = (out, err);
    for step in row.steps {
        match *step {
            Step::Prints(text) => drop(out.until(text)?),
            Step::Send(signal) => send(&child.0, signal),
            Step::SendUntil(signal, text) => loop {
                send(&child.0, signal);
                if err.until("end of SIGQUIT")?.contains(text) {
                    break;
                }
            },
            Step::SendUntilEnd(signal) => {
                while child.0.try_wait().expect("the state of the child").is_none() {
                    send(&child.0, signal);
                    std::thread::yield_now();
                }
            }
            Step::Remove(path) => fs::remove_dir(placed(path)).expect("a directory to remove"),
        }
    }
    let status = child.0.wait().expect("the child ends");
    drop(over);
    let (printed, said) = (out.rest(), err.rest());
    let end = status.code().map(End::Code).or(status.signal().map(End::Signal)).expect("one of them");

    let mut wrong = Vec::new();
    if end != row.end {
        wrong.push(format!("ended with {end:?} and not {:?}", row.end));
    }
    let mut must_contain = |stream: &str, text: &str, wanted: &[&str]| {
        let missing = wanted.iter().filter(|wanted| !text.contains(&placed(wanted)));
        wrong.extend(missing.map(|wanted| format!("{stream} lacks {wanted:?}")));
    };
    must_contain("standard output", &printed, row.prints);
    must_contain("standard error", &said, row.says);
    for (file, text) in row.leaves {
        must_contain(file, &fs::read_to_string(placed(file)).unwrap_or_default(), &[text]);
    }
    wrong.extend(
        row.lacks.iter().filter(|file| fs::exists(placed(file)).unwrap_or(true)).map(|file| format!("{file} is there")),
    );
    let never = row.never.iter().filter(|never| printed.contains(**never) || said.contains(**never));
    wrong.extend(never.map(|never| format!("{never:?} was said")));
    if row.lines.is_some_and(|lines| lines != said.lines().count()) {
        wrong.push(format!("the standard error has {} lines", said.lines().count()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{printed}\n{said}", wrong.join("; "))) }
}

/// The binary while it runs. None is left behind if a step fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(row: &Row, shell: &str, arguments: Vec<OsString>) -> Running {
    let binary = env!("CARGO_BIN_EXE_memguard-stress");
    let mut command = match shell {
        "" => Command::new(binary),
        shell => {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("{shell}; exec \"$@\""), "sh", binary]);
            command
        }
    };
    let to = |stream| match stream {
        Stream::Read => Stdio::piped(),
        // The reading end is dropped here.
        Stream::Closed => std::io::pipe().expect("a pipe").1.into(),
        Stream::Full => File::create("/dev/full").expect("/dev/full").into(),
    };
    let [out, err] = row.streams.map(to);
    command.args(arguments).env_remove("COLUMNS").stdin(Stdio::null()).stdout(out).stderr(err);
    let default_signals = || {
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
            // SAFETY: no handler is installed, so none can be wrong.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // The tests may run in the background of a shell, where SIGINT is ignored, and so it would be in the binary.
    // SAFETY: between fork and exec it calls `signal` only, which is safe there.
    unsafe { command.pre_exec(default_signals) };
    Running(command.spawn().expect("the binary starts"))
}

/// Kills the child if the sender is not dropped in time. The row then fails, because the child ends by a signal.
fn kill_if_it_hangs(child: &Child) -> Sender<()> {
    let pid = pid_of(child);
    let (over, is_over) = mpsc::channel();
    std::thread::spawn(move || {
        if is_over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            // It may end at this moment.
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    over
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("a number of a process")).expect("not 0")
}

fn send(child: &Child, signal: Signal) {
    // Nobody has waited for the child, so the number is still its own.
    kill_process(pid_of(child), signal).expect("the child takes signals");
}

/// A stream, read line by line on a thread of its own. So no pipe fills up.
struct Lines {
    lines: Receiver<String>,
    /// All that was read.
    text: String,
}

impl Lines {
    fn of(stream: Option<impl std::io::Read + Send + 'static>) -> Self {
        let (send, lines) = mpsc::channel();
        if let Some(stream) = stream {
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                let mut line = Vec::new();
                while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                    if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                        break;
                    }
                    line.clear();
                }
                // The writer must not find a closed pipe.
                let _ = stream.read_to_end(&mut line);
            });
        }
        Self { lines, text: String::new() }
    }

    /// Reads up to a line with this text. Returns what was read.
    fn until(&mut self, text: &str) -> Result<String, String> {
        let mut read = String::new();
        loop {
            let line = self.lines.recv().map_err(|_| format!("ended without {text:?}:\n{}", self.text))?;
            read.push_str(&line);
            self.text.push_str(&line);
            if line.contains(text) {
                return Ok(read);
            }
        }
    }

    fn rest(mut self) -> String {
        self.text.extend(self.lines.iter());
        self.text
    }
}
