//! Connections, until the service is told to stop.

use super::answer::answer;
use super::signer::Sign;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// After an error of the listener, such as too many open files, the service waits so long before it accepts again.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers requests until `stop` is ready. Then it accepts no connection any more, calls `stopping`, and answers what
/// is under way. Returns how many requests it took.
///
/// A request is taken when its head has arrived. Each connection ends after the request that it is busy with. One that
/// has sent a part of a head is waited for. So is a client that does not read its answer. The caller sets the limit for
/// that: see `src/bin/signing_service.rs`.
pub async fn serve(listener: TcpListener, signer: Arc<impl Sign>, stop: impl Future, stopping: impl FnOnce()) -> u64 {
    let (graceful, taken) = (GracefulShutdown::new(), Arc::new(AtomicU64::new(0)));
    let mut stop = std::pin::pin!(stop);
    while let Some(accepted) = next(&listener, stop.as_mut()).await {
        match accepted {
            Ok(stream) => {
                let connection = connection(stream, Arc::clone(&signer), Arc::clone(&taken), graceful.watcher());
                tokio::spawn(connection);
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    stopping();
    graceful.shutdown().await;
    taken.load(Ordering::Acquire)
}

/// The next connection; `None` if the service is to stop.
async fn next(listener: &TcpListener, mut stop: Pin<&mut impl Future>) -> Option<std::io::Result<TcpStream>> {
    poll_fn(|context| match stop.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => listener.poll_accept(context).map(|accepted| Some(accepted.map(|(stream, _)| stream))),
    })
    .await
}

async fn connection(stream: TcpStream, signer: Arc<impl Sign>, taken: Arc<AtomicU64>, watcher: Watcher) {
    let service = service_fn(|request| {
        taken.fetch_add(1, Ordering::Release);
        let signer = Arc::clone(&signer);
        async move { Ok::<_, Infallible>(answer(&*signer, request).await) }
    });
    let mut http = http1::Builder::new();
    // With a timer, a client that sends no whole head is dropped after 30 s.
    http.timer(TokioTimer::new());
    // An error means that this client has gone, or talks something else.
    let _ = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
}
