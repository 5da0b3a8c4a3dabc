//! The signing service ends as its table of exit codes says, and loses no request that it has taken.

mod child;
mod half;
mod load;

use child::{PATIENCE, Service};
use half::Half;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::thread;

/// How many connections send requests one after the other.
const CLIENTS: usize = 16;
/// How many requests are under way when the signal comes, on connections of their own.
const HALVES: usize = 4;
/// How many answers each client has before the signal comes.
const ANSWERS: usize = 20;

/// SIGTERM comes while 16 clients send requests, and while 4 requests are half sent. Every request that the service has
/// taken is answered. So the service took as many as the clients saw answered.
#[test]
fn a_signal_under_load_loses_no_request() {
    let service = Service::start();
    let address = service.address;
    let (progress, answers) = channel();
    let (seen, all_seen) = channel();
    thread::spawn(move || seen.send(load::run(CLIENTS, address, &progress)));
    let mut waited_for = [ANSWERS; CLIENTS];
    while waited_for.iter().any(|left| *left > 0) {
        let client = answers.recv_timeout(PATIENCE).expect("a client has an answer");
        waited_for[client] = waited_for[client].saturating_sub(1);
    }
    let halves: Vec<_> = (0..HALVES).map(|_| Half::send(address)).collect();

    service.terminate();
    assert_eq!(service.line(), "stopping");
    let refused = TcpStream::connect(address).map(drop).map_err(|error| error.kind());
    assert_eq!(refused, Err(ErrorKind::ConnectionRefused));
    halves.into_iter().for_each(Half::finish);

    let seen = all_seen.recv_timeout(PATIENCE).expect("the clients come to their end");
    let (status, said) = service.end();
    let answered = seen.answered + HALVES as u64;
    let wanted = [format!("answered {answered} requests"), "purged: 1 wiped, 0 pending, 0 failed".into()];
    assert_eq!((status.code(), said), (Some(0), wanted.into()), "{} requests were refused", seen.refused);
    // A client is refused once at most: after that, it cannot connect.
    assert!(seen.refused <= CLIENTS as u64);
}

/// The client never sends the second half. A further signal ends the service, which is documented as 1.
#[test]
fn a_further_signal_cuts_off_what_is_under_way() {
    let service = Service::start();
    let half = Half::send(service.address);
    service.terminate();
    assert_eq!(service.line(), "stopping");
    service.terminate();
    let (status, said) = service.end();
    assert_eq!((status.code(), said), (Some(memguard::SIGNAL_EXIT_CODE), vec![]));
    drop(half);
}

#[test]
fn a_service_without_a_key_does_not_start() {
    for arguments in [&["127.0.0.1:0"][..], &["127.0.0.1:0", "/dev/null"], &["127.0.0.1:0", "/dev/zero"]] {
        let mut child = Service::command(arguments);
        let (mut out, mut error) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        assert_eq!((child.wait().unwrap().code(), out.as_str()), (Some(2), ""), "{error}");
        assert!(error.starts_with("signing_service: "), "{error}");
    }
}
