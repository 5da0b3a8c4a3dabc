//! Clients of hyper: connections that each send one request after the other, until no connection can be made.

use crate::child::signed;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use tokio::net::TcpStream;

/// What the connections of one client saw.
#[derive(Default)]
pub struct Seen {
    pub answered: u64,
    /// Requests that got no answer, because the connection was closed before.
    pub refused: u64,
}

/// Runs this many clients on the calling thread. Each sends its number after each answer.
pub fn run(clients: usize, address: SocketAddr, progress: &Sender<usize>) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> =
            (0..clients).map(|number| tokio::spawn(client(number, address, progress.clone()))).collect();
        let mut all = Seen::default();
        for task in tasks {
            let seen = task.await.unwrap();
            all.answered += seen.answered;
            all.refused += seen.refused;
        }
        all
    })
}

async fn client(number: usize, address: SocketAddr, progress: Sender<usize>) -> Seen {
    let mut seen = Seen::default();
    loop {
        let stream = match TcpStream::connect(address).await {
            Ok(stream) => stream,
            Err(error) => match error.kind() {
                ErrorKind::ConnectionRefused => return seen,
                // It waited to be accepted as the listener was closed.
                ErrorKind::ConnectionReset => continue,
                kind => panic!("{kind}: {error}"),
            },
        };
        let (mut sender, connection) = http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        while sender.ready().await.is_ok() {
            // Bodies of 1 to 18,001 bytes: some come in one piece, some in several.
            let len = 1 + (seen.answered as usize % 10) * 2_000;
            let message: Bytes = vec![number as u8; len].into();
            let request = Request::post("/").header("host", "test").body(Full::new(message.clone())).unwrap();
            // Without the head of an answer, the service may not have taken the request. The counts tell.
            let Ok(response) = sender.send_request(request).await else {
                seen.refused += 1;
                break;
            };
            assert_eq!(response.status(), 200);
            let answer = response.into_body().collect().await.expect("an answer that began comes to its end");
            assert_eq!(answer.to_bytes(), signed(&message));
            seen.answered += 1;
            let _ = progress.send(number);
        }
        drop(sender);
        let _ = connection.await.unwrap();
    }
}
