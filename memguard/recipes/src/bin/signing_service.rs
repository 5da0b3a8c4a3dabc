//! A signing service: `signing_service ADDRESS KEY_FILE`. It answers each `POST` with the HMAC-SHA256 of its body.
//!
//! On SIGTERM or SIGINT it accepts no connection any more, answers what is under way, purges every secret of the
//! process, says so, and exits:
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | Every request that was taken is answered, and every secret is wiped. |
//! | 1 | Requests were under way at the [`DEADLINE`], or one second after a further signal. Every secret is wiped. |
//! | 2 | The service did not start. |
//! | 3 | A secret could not be wiped. |
//!
//! [`memguard::catch_signal_within`] catches the signals, not `tokio::signal`. A signal that tokio catches needs a
//! worker thread that is free. If all of them hang, nothing is purged, and only SIGKILL ends the process. memguard has
//! threads of its own for this. They purge and end the process at the deadline even then.
//!
//! Run it with `cargo run -p memguard-recipes --bin signing_service -- 127.0.0.1:8080 FILE`.

use memguard_recipes::service::accept::serve;
use memguard_recipes::service::signer::Key;
use std::convert::Infallible;
use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long requests that are under way may take. Docker kills a container 10 s after it has sent SIGTERM.
const DEADLINE: Duration = Duration::from_secs(8);

const NOT_STARTED: i32 = 2;
const NOT_WIPED: i32 = 3;

fn main() {
    let Err(error) = start();
    eprintln!("signing_service: {error}");
    memguard::safe_exit(NOT_STARTED)
}

fn start() -> Result<Infallible, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, key] = arguments.as_slice() else {
        return Err("usage: signing_service ADDRESS KEY_FILE".into());
    };
    memguard::harden()?; // no core dumps, no tracing

    // Signals are caught before there is a secret, so that none ends the process without a purge.
    let (stop, stopped) = oneshot::channel();
    let (done, is_done) = mpsc::channel();
    memguard::catch_signal_within(DEADLINE, move |_| end(stop, &is_done), &[libc::SIGTERM, libc::SIGINT])?;

    // It stays in this variable to the end, so the purge finds it and reports it.
    let key = Arc::new(Key::read(key)?);
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let taken = serve(listener, Arc::clone(&key), stopped, || println!("stopping")).await;
        done.send(taken)?;
        // A return from `main` would end the process without a purge. The thread with the signal ends it.
        std::future::pending().await
    })
}

/// Runs on a thread of memguard when the first signal has arrived. If it returns, or takes longer than the deadline,
/// memguard purges and exits with [`memguard::SIGNAL_EXIT_CODE`], which is 1.
fn end(stop: oneshot::Sender<()>, is_done: &mpsc::Receiver<u64>) {
    // The service may have failed to start. Then both calls return an error at once.
    let _ = stop.send(());
    let Ok(taken) = is_done.recv() else { return };
    println!("answered {taken} requests");
    let report = memguard::purge_all();
    println!("purged: {} wiped, {} pending, {} failed", report.wiped, report.pending, report.failed);
    memguard::safe_exit(if report.pending + report.failed == 0 { 0 } else { NOT_WIPED })
}
