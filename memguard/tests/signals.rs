//! PROGRESS and WIPED for signals. A signal may arrive at any time. The handler runs, the session is purged, and the
//! process exits with the documented code.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "what a user's program has, not the library")]

mod hostile;
mod support;

#[cfg(feature = "lockdep")]
use memguard::sync::{Site, lockdep};
use memguard::{Buffer, Enclave, Error, SIGNAL_EXIT_CODE};
use once_cell::race::OnceBox;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::child_detail;

support::needs!(lockdep: while_a_lock_is_held);

/// Far more time than a child needs to end.
const CHILD_PATIENCE: Duration = Duration::from_secs(60);

/// What the child prints when its handler runs, and when the process exits with everything wiped.
const HANDLED: &str = "handled";
const WIPED: &str = "wiped";

static SECRET: OnceBox<Buffer> = OnceBox::new();

/// Writes straight to the descriptor. The process is ending, and other threads may hold the lock that `println!` needs.
fn say(word: &str) {
    let stdout = rustix::stdio::stdout().try_clone_to_owned().unwrap();
    std::fs::File::from(stdout).write_all(format!("{word}\n").as_bytes()).unwrap();
}

extern "C" fn at_exit() {
    if SECRET.get().is_some_and(|secret| !secret.is_alive()) {
        say(WIPED);
    }
}

/// The child has a secret and a handler, and does work that takes all locks, for ever.
fn catch_and_work(handler: fn(i32), signals: &[i32]) -> ! {
    catch_and_work_armed(handler, signals, u8::MAX)
}

/// Like [`catch_and_work`], but the first thread that reaches this site during the work sends the signal itself.
fn catch_and_work_armed(handler: fn(i32), signals: &[i32], site: u8) -> ! {
    SECRET.set(Box::new(Buffer::random(64).unwrap())).unwrap();
    // SAFETY: registers a function that stays.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    memguard::catch_signal(handler, signals).unwrap();
    let worker = || {
        loop {
            // Purges come in between, so any of these may be refused.
            let _ = Enclave::new(&mut [1; 64]).and_then(|sealed| sealed.open()).and_then(|opened| opened.destroy());
            let _ = Buffer::random(8)
                .and_then(|buffer| buffer.try_clone())
                .and_then(|clone| clone.freeze().map(|()| clone))
                .map(|clone| clone.with_data(|_| memguard::purge()));
        }
    };
    for _ in 0..2 {
        std::thread::spawn(worker);
    }
    say("ready");
    ARMED.store(site, Ordering::Release);
    worker()
}

fn handled(signal: i32) {
    say(&format!("{HANDLED} {signal}"));
}

/// Starts this test binary as the child of the named test.
fn start(test: &str, detail: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("MEMGUARD_TEST_CHILD", detail)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    await_word(&mut output, "ready", test);
    (child, output)
}

/// Reads what the child says, to the line with this word.
fn await_word(output: &mut BufReader<ChildStdout>, word: &str, what: &str) -> String {
    let mut said = String::new();
    while !said.contains(word) {
        assert_ne!(output.read_line(&mut said).unwrap(), 0, "{what} ended before it said {word:?}; said {said:?}");
    }
    said
}

fn send(child: &Child, signal: i32) {
    // SAFETY: signalling our own child, which has not been waited for.
    assert_eq!(unsafe { libc::kill(child.id().try_into().unwrap(), signal) }, 0);
}

/// Waits for the child to end and returns what it still printed.
fn end(mut child: Child, mut output: impl Read + Send + 'static, what: &str) -> (ExitStatus, String) {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        sender.send(said).unwrap();
    });
    // The pipe closes as the process ends.
    let Ok(said) = receiver.recv_timeout(CHILD_PATIENCE) else {
        child.kill().unwrap();
        panic!("{what}: the child did not end within {CHILD_PATIENCE:?}");
    };
    (child.wait().unwrap(), said)
}

fn assert_ended_well(status: ExitStatus, said: &str, what: &str) {
    assert_eq!(status.code(), Some(SIGNAL_EXIT_CODE), "{what}: {status}, said {said:?}");
    assert_eq!(said.matches(HANDLED).count(), 1, "{what}: the handler runs once; said {said:?}");
    assert!(said.contains(WIPED), "{what}: said {said:?}");
}

#[test]
fn two_hundred_children_under_load() {
    const NAME: &str = "two_hundred_children_under_load";
    if child_detail().is_some() {
        catch_and_work(handled, &[libc::SIGINT, libc::SIGTERM]);
    }
    for number in 0..200u32 {
        let signal = if number % 2 == 0 { libc::SIGINT } else { libc::SIGTERM };
        let (child, output) = start(NAME, "work");
        // The time is random. It is spread over the work of a few operations, in steps that differ between children.
        let moment = Instant::now() + Duration::from_micros(u64::from(number.wrapping_mul(2_654_435_761) % 3000));
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        send(&child, signal);
        let (status, said) = end(child, output, NAME);
        assert_ended_well(status, &said, &format!("child {number}"));
        assert!(said.contains(&format!("{HANDLED} {signal}")));
    }
}

/// The site at which the next thread that reaches it sends the signal to its own process.
static ARMED: AtomicU8 = AtomicU8::new(u8::MAX);

#[cfg(feature = "lockdep")]
fn raise_if_armed(event: lockdep::Event) {
    let lockdep::Event::Held(site) = event else { return };
    if ARMED.compare_exchange(site as u8, u8::MAX, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        // SAFETY: sends a signal to this thread, which handles it before it goes on and still holds the lock. The rekey
        // thread takes no signal, so that another thread handles it while the lock is held.
        unsafe {
            match site {
                Site::CofferRekey => libc::kill(libc::getpid(), libc::SIGTERM),
                _ => libc::raise(libc::SIGTERM),
            }
        };
    }
}

/// The signal interrupts a thread that holds a lock. The test does this for each lock that the work above takes.
#[cfg(feature = "lockdep")]
#[test]
fn while_a_lock_is_held() {
    const NAME: &str = "while_a_lock_is_held";
    const SITES: [Site; 12] = [
        Site::BufferRead,
        Site::BufferFill,
        Site::BufferProtect,
        Site::StateProtect,
        Site::PoolTake,
        Site::PoolPut,
        Site::RegistryAdd,
        Site::RegistryRemove,
        Site::RegistryPurge,
        Site::CofferView,
        Site::CofferRekey,
        Site::CofferPurge,
    ];
    if let Some(detail) = child_detail() {
        assert!(lockdep::observe(raise_if_armed));
        catch_and_work_armed(handled, &[libc::SIGTERM], detail.parse().unwrap());
    }
    for site in SITES {
        let (child, output) = start(NAME, &(site as u8).to_string());
        let (status, said) = end(child, output, site.label());
        assert_ended_well(status, &said, site.label());
    }
}

/// Both signals arrive many times, as from senders that signal a process and its group. One is handled, and the handler
/// has the time to end.
#[test]
fn twice_and_more() {
    const NAME: &str = "twice_and_more";
    if child_detail().is_some() {
        catch_and_work(
            |signal| {
                // The others arrive while this one is handled.
                for _ in 0..3 {
                    // SAFETY: signals to this process.
                    unsafe {
                        libc::kill(libc::getpid(), libc::SIGINT);
                        libc::kill(libc::getpid(), libc::SIGTERM);
                    }
                }
                handled(signal);
            },
            &[libc::SIGINT, libc::SIGTERM],
        );
    }
    let (child, output) = start(NAME, "work");
    send(&child, libc::SIGTERM);
    send(&child, libc::SIGINT);
    let (status, said) = end(child, output, NAME);
    assert_ended_well(status, &said, NAME);
}

/// Only the last call has an effect. Signals that it does not name do again what they do by default.
#[test]
fn the_last_call_counts() {
    const NAME: &str = "the_last_call_counts";
    if child_detail().is_some() {
        memguard::catch_signal(|_| say("the first handler"), &[libc::SIGTERM, libc::SIGUSR1]).unwrap();
        catch_and_work(handled, &[libc::SIGTERM]);
    }
    let (child, output) = start(NAME, "work");
    send(&child, libc::SIGTERM);
    let (status, said) = end(child, output, NAME);
    assert_ended_well(status, &said, NAME);
    assert!(!said.contains("first"));

    let (child, output) = start(NAME, "work");
    send(&child, libc::SIGUSR1);
    let (status, said) = end(child, output, NAME);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGUSR1), "said {said:?}");
}

/// A forked child catches no signal until it calls `catch_signal` itself.
#[test]
fn a_forked_child_is_ended_by_default() {
    const NAME: &str = "a_forked_child_is_ended_by_default";
    let Some(detail) = child_detail() else {
        for detail in ["default", "again"] {
            let (child, output) = start(NAME, detail);
            let (status, said) = end(child, output, detail);
            assert!(status.success() && said.contains("as expected"), "{detail}: {status}, said {said:?}");
        }
        return;
    };
    memguard::catch_signal(handled, &[libc::SIGTERM]).unwrap();
    say("ready");
    // SAFETY: the child calls only functions that work there.
    let child = unsafe { libc::fork() };
    if child == 0 {
        if detail == "again" {
            memguard::catch_signal(handled, &[libc::SIGTERM]).unwrap();
        }
        // SAFETY: a signal to this process; the wait ends with it.
        unsafe {
            libc::kill(libc::getpid(), libc::SIGTERM);
            loop {
                libc::pause();
            }
        }
    }
    let mut status = 0;
    // SAFETY: waits for our own child. The pointer is to a live value.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    let expected = match detail.as_str() {
        "default" => libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGTERM,
        _ => libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == SIGNAL_EXIT_CODE,
    };
    assert!(expected, "the child ended with status {status:#x}");
    say("as expected");
}

#[test]
fn what_cannot_be_caught_is_refused() {
    for signal in [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV, 0, -1, 65, i32::MAX, i32::MIN] {
        assert_eq!(memguard::catch_signal(drop, &[libc::SIGTERM, signal]), Err(Error::Uncatchable { signal }));
    }
}
