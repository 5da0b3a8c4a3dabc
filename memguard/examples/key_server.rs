//! A key server. Threads ask one server for message authentication codes. The key is sealed between requests.
//!
//! Run it with `cargo run -p memguard --example key_server`. Ctrl-C wipes everything before the process ends.

use memguard::{Enclave, Result};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

type Mac = [u8; 32];

/// A message, and where the answer goes.
struct Request {
    message: String,
    answer: Sender<Result<Mac>>,
}

/// Opens the key for one answer. Dropping the buffer wipes it.
fn sign(key: &Enclave, message: &str) -> Result<Mac> {
    key.open()?.byte_array(|key: &[u8; 32]| *blake3::keyed_hash(key, message.as_bytes()).as_bytes())
}

fn serve(requests: Receiver<Request>) -> Result<()> {
    let key = Enclave::random(32)?;
    for Request { message, answer } in requests {
        // A client that has gone needs no answer.
        let _ = answer.send(sign(&key, &message));
    }
    Ok(())
}

fn ask(server: &Sender<Request>, message: &str) -> Result<Mac> {
    let (answer, answered) = channel();
    server.send(Request { message: message.into(), answer }).expect("the server runs while a client can ask");
    answered.recv().expect("the server answers every request")
}

fn client(number: u32, server: &Sender<Request>) -> Result<()> {
    let message = format!("from client {number}");
    let mac = ask(server, &message)?;
    assert_eq!(ask(server, &message)?, mac, "the same key signs both times");
    println!("{message}: {}", blake3::Hash::from_bytes(mac));
    Ok(())
}

fn main() -> Result<()> {
    memguard::catch_interrupt()?;
    let (server, requests) = channel();
    let serving = thread::spawn(|| serve(requests));
    let start = |number| {
        let server = server.clone();
        thread::spawn(move || client(number, &server))
    };
    let clients: Vec<_> = (0..4).map(start).collect();
    drop(server);
    for client in clients {
        client.join().expect("a client does not panic")?;
    }
    serving.join().expect("the server does not panic")?;

    let report = memguard::purge();
    assert_eq!(report.wiped, 0, "every opened key was wiped as its answer was sent");
    println!("all clients served");
    Ok(())
}
