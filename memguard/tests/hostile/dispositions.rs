//! What the system did with a signal before, and does with those that are not caught.

use super::{NEVER, ONE, Sent, in_a_child, with_a_secret};
use crate::support::child_detail;
use crate::{HANDLED, end, handled, say, send, start};
use memguard::Error;
use std::mem::{MaybeUninit, zeroed};
use std::os::unix::process::ExitStatusExt;

fn ignore(signal: i32) {
    // SAFETY: no handler is involved.
    assert_ne!(unsafe { libc::signal(signal, libc::SIG_IGN) }, libc::SIG_ERR);
}

/// The signal is delivered before this returns, unless it is ignored.
fn hang_up() {
    // SAFETY: a signal to this thread.
    assert_eq!(unsafe { libc::raise(libc::SIGHUP) }, 0);
}

fn assert_ended_by(said: &str, signal: i32) {
    assert!(said.contains(&format!("{HANDLED} {signal}\n")), "said {said:?}");
}

/// A signal that is ignored, as under `nohup`, stays ignored if no signal is named.
#[test]
fn ignored_stays_ignored_by_default() {
    let said = in_a_child("dispositions::ignored_stays_ignored_by_default", ONE, || {
        ignore(libc::SIGHUP);
        memguard::catch_signal_within(NEVER, handled, &[]).unwrap();
        assert_eq!(actions()[libc::SIGHUP as usize].0, libc::SIG_IGN);
        hang_up();
    });
    assert_ended_by(&said, libc::SIGTERM);
}

/// An ignored signal that is named is caught.
#[test]
fn ignored_and_named_is_caught() {
    let sent: Sent = &[(libc::SIGHUP, None)];
    let said = in_a_child("dispositions::ignored_and_named_is_caught", sent, || {
        ignore(libc::SIGHUP);
        memguard::catch_signal_within(NEVER, handled, &[libc::SIGHUP]).unwrap();
    });
    assert_ended_by(&said, libc::SIGHUP);
}

/// An ignored signal that was named is ignored again by a call that names none.
#[test]
fn ignored_and_named_before_is_ignored_again() {
    let said = in_a_child("dispositions::ignored_and_named_before_is_ignored_again", ONE, || {
        ignore(libc::SIGHUP);
        memguard::catch_signal_within(NEVER, handled, &[libc::SIGHUP]).unwrap();
        memguard::catch_signal_within(NEVER, handled, &[]).unwrap();
        hang_up();
    });
    assert_ended_by(&said, libc::SIGTERM);
}

/// A handler that other code had is called again once its signal is named no more.
#[test]
fn other_handlers_come_back() {
    extern "C" fn plain(signal: i32) {
        say(&format!("plain {signal}"));
    }
    extern "C" fn with_info(signal: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        // SAFETY: the system, or the handler that it called, gives a valid pointer.
        assert_eq!(unsafe { (*info).si_signo }, signal);
        say(&format!("with info {signal}"));
    }
    fn set(signal: i32, handler: libc::sighandler_t, flags: i32) {
        // SAFETY: the handler has the type that the flags say, and stays.
        unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = handler;
            action.sa_flags = flags;
            assert_eq!(libc::sigaction(signal, &action, std::ptr::null_mut()), 0);
        }
    }
    let sent: Sent = &[(libc::SIGUSR1, Some("plain 10")), (libc::SIGUSR2, Some("with info 12")), (libc::SIGTERM, None)];
    in_a_child("dispositions::other_handlers_come_back", sent, || {
        set(libc::SIGUSR1, plain as extern "C" fn(i32) as libc::sighandler_t, 0);
        let with_info = with_info as extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);
        set(libc::SIGUSR2, with_info as libc::sighandler_t, libc::SA_SIGINFO);
        memguard::catch_signal_within(NEVER, handled, &[libc::SIGUSR1, libc::SIGUSR2]).unwrap();
        memguard::catch_signal_within(NEVER, handled, &[libc::SIGTERM]).unwrap();
    });
}

/// What the system does with each signal: the action, its flags.
fn actions() -> Vec<(libc::sighandler_t, i32)> {
    /// The C library sets this flag for itself.
    const SA_RESTORER: i32 = 0x0400_0000;
    let action = |signal| {
        let mut found = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: only asks. Numbers that are refused leave zeros.
        unsafe { libc::sigaction(signal, std::ptr::null(), found.as_mut_ptr()) };
        // SAFETY: zeros, or what the system set.
        let found = unsafe { found.assume_init() };
        (found.sa_sigaction, found.sa_flags & !SA_RESTORER)
    };
    (0..=64).map(action).collect()
}

/// A failed call changes nothing, in a process that catches nothing and in one that does.
#[test]
fn a_failed_call_changes_nothing() {
    let test = "hostile::dispositions::a_failed_call_changes_nothing";
    let reasons = ["a number of the C library", "no second signal", "no thread"];
    if let Some(detail) = child_detail() {
        let (caught, reason) = detail.split_once(": ").unwrap();
        with_a_secret(|| {
            if caught == "caught" {
                memguard::catch_signal_within(NEVER, handled, &[libc::SIGTERM]).unwrap();
            }
            let before = actions();
            assert_eq!(fails_for(reason), Err(expected(reason)));
            assert_eq!(actions(), before);
        });
    }
    for (caught, reason) in ["nothing", "caught"].into_iter().flat_map(|caught| reasons.map(|reason| (caught, reason)))
    {
        if (caught, reason) == ("caught", "no thread") {
            continue; // It has its threads.
        }
        let what = format!("{caught}: {reason}");
        let (child, output) = start(test, &what);
        send(&child, libc::SIGTERM);
        let (status, said) = end(child, output, &what);
        if caught == "caught" {
            crate::assert_ended_well(status, &said, &what);
        } else {
            assert_eq!(status.signal(), Some(libc::SIGTERM), "{what}: {status}, said {said:?}");
        }
    }
}

/// A call that fails half-way.
fn fails_for(reason: &str) -> memguard::Result<()> {
    let mut signals = vec![libc::SIGUSR1, libc::SIGUSR2];
    match reason {
        "a number of the C library" => signals.push(32),
        // Asking is allowed; the second word of the arguments is null then.
        "no second signal" => refuse(libc::SYS_rt_sigaction, Some(libc::SIGUSR2), libc::EPERM),
        _ => {
            refuse(libc::SYS_clone3, None, libc::EAGAIN);
            refuse(libc::SYS_clone, None, libc::EAGAIN);
        }
    }
    memguard::catch_signal_within(NEVER, |_| say("the failed handler"), &signals)
}

fn expected(reason: &str) -> Error {
    let system = |call, errno| Error::System { call, source: std::io::Error::from_raw_os_error(errno).into() };
    match reason {
        "a number of the C library" => Error::Uncatchable { signal: 32 },
        "no second signal" => system("sigaction", libc::EPERM),
        _ => system("pthread_create (for signals)", libc::EAGAIN),
    }
}

/// From now on, the kernel refuses this call of this thread. With a first argument: only with that one, and only if the
/// second is not null.
fn refuse(call: libc::c_long, first: Option<i32>, errno: i32) {
    // Offsets in `seccomp_data`. The low half of an argument comes first.
    const NUMBER: u32 = 0;
    const FIRST: u32 = 16;
    const SECOND: u32 = 24;
    let instruction = |code: u32, value: u32, if_true: u8, if_false: u8| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: if_true,
        jf: if_false,
        k: value,
    };
    let load = |offset| instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    let equals =
        |value, if_true, if_false| instruction(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, if_true, if_false);
    let answer = |value| instruction(libc::BPF_RET | libc::BPF_K, value, 0, 0);
    let number = u32::try_from(call).unwrap();
    let mut filter = match first {
        None => vec![load(NUMBER), equals(number, 0, 1)],
        Some(first) => vec![
            load(NUMBER),
            equals(number, 0, 5),
            load(FIRST),
            equals(first.cast_unsigned(), 0, 3),
            load(SECOND),
            equals(0, 1, 0),
        ],
    };
    filter.extend([answer(libc::SECCOMP_RET_ERRNO | errno.cast_unsigned()), answer(libc::SECCOMP_RET_ALLOW)]);
    let program = libc::sock_fprog { len: u16::try_from(filter.len()).unwrap(), filter: filter.as_mut_ptr() };
    // SAFETY: the program and its instructions live through the calls. They restrict this thread alone.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program), 0);
    }
}
