//! How many requests the signing service answers in a second, with the key in locked pages and with a plain key.
//!
//! Both services run in this process, each on a thread of its own. 16 connections send requests to one of them, then to
//! the other, in turn. The program prints the medians, and exits with 1 if the service with the locked key answers less
//! than 90 % of what the other one does.
//!
//! Run it with `cargo run --release -p memguard-recipes --bin signing_rate [REQUESTS] [ROUNDS]`: how many requests each
//! round sends, and how often each service has a round.

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use memguard::Buffer;
use memguard_recipes::service::accept::serve;
use memguard_recipes::service::signer::{Code, Key, Sign, code};
use std::error::Error;
use std::future::pending;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const CONNECTIONS: usize = 16;
const BODY: usize = 1024;
const LEAST: f64 = 0.9;

/// The key in ordinary memory, to compare with.
struct PlainKey(Code);

impl Sign for PlainKey {
    fn sign(&self, message: &[u8]) -> memguard::Result<Code> {
        Ok(code(&self.0, message))
    }
}

/// A service on a thread of its own, and the connections to it.
struct Rig {
    connections: Vec<SendRequest<Full<Bytes>>>,
    /// Requests in a second, a round each.
    rates: Vec<f64>,
}

impl Rig {
    async fn new(signer: impl Sign) -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        // It serves until the process ends.
        thread::spawn(move || run_service(listener, signer).inspect_err(|error| eprintln!("the service: {error}")));
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(connect(address).await?);
        }
        Ok(Self { connections, rates: Vec::new() })
    }

    /// Sends so many requests, as many on each connection, one after the other there.
    async fn round(&mut self, requests: usize) -> Result<()> {
        let each = requests.div_ceil(CONNECTIONS);
        let began = Instant::now();
        let tasks: Vec<_> = self.connections.drain(..).map(|connection| tokio::spawn(ask(connection, each))).collect();
        for task in tasks {
            self.connections.push(task.await??);
        }
        self.rates.push((each * CONNECTIONS) as f64 / began.elapsed().as_secs_f64());
        Ok(())
    }

    fn median(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    }
}

fn run_service(listener: std::net::TcpListener, signer: impl Sign) -> Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        serve(TcpListener::from_std(listener)?, Arc::new(signer), pending::<()>(), || {}).await;
        Ok(())
    })
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn ask(mut connection: SendRequest<Full<Bytes>>, requests: usize) -> Result<SendRequest<Full<Bytes>>> {
    for _ in 0..requests {
        connection.ready().await?;
        let request = Request::post("/").header("host", "localhost").body(Full::new(vec![1; BODY].into()))?;
        let response = connection.send_request(request).await?;
        let answer = response.into_body().collect().await?.to_bytes();
        if answer.len() != 2 * size_of::<Code>() {
            return Err(format!("no code: {answer:?}").into());
        }
    }
    Ok(connection)
}

/// Both rates, in requests per second: with the key in locked pages, and with the plain key.
async fn compare(requests: usize, rounds: usize) -> Result<(f64, f64)> {
    let mut plain_key = [0; 32];
    memguard::scramble_bytes(&mut plain_key)?;
    let mut locked = Rig::new(Key::new(Buffer::random(32)?)).await?;
    let mut plain = Rig::new(PlainKey(plain_key)).await?;
    for _ in 0..rounds {
        locked.round(requests).await?;
        plain.round(requests).await?;
    }
    Ok((locked.median(), plain.median()))
}

fn main() -> ExitCode {
    let number = |at, otherwise| match std::env::args().nth(at) {
        Some(text) => text.parse().ok().filter(|number| *number > 0),
        None => Some(otherwise),
    };
    let (Some(requests), Some(rounds)) = (number(1, 8_000), number(2, 15)) else {
        eprintln!("usage: signing_rate [REQUESTS] [ROUNDS]");
        return ExitCode::from(2);
    };
    let client = Builder::new_current_thread().enable_all().build();
    let rates = client.map_err(Into::into).and_then(|client| client.block_on(compare(requests, rounds)));
    match rates {
        Ok((locked, plain)) => {
            let share = locked / plain;
            println!(
                "{CONNECTIONS} connections, bodies of {BODY} bytes, medians of {rounds} rounds of {requests} requests"
            );
            println!("key in locked pages: {locked:.0} requests per second");
            println!("plain key:           {plain:.0} requests per second");
            println!("share:               {:.1} %", 100.0 * share);
            ExitCode::from(u8::from(share < LEAST))
        }
        Err(error) => {
            eprintln!("signing_rate: {error}");
            ExitCode::from(2)
        }
    }
}
