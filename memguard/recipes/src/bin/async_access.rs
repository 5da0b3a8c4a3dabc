//! Secrets in tasks of tokio. A guard is `!Send`, so a task that keeps one across an `.await` does not compile where
//! tasks move between threads. The program shows what to do instead, and how long an access may block a worker.
//!
//! Run it with `cargo run -p memguard-recipes --bin async_access`.

use memguard::{Buffer, Error, Session};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::{spawn_blocking, yield_now};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What stands for a use of the secret.
fn tag_of(key: &[u8]) -> usize {
    key.iter().map(|byte| usize::from(*byte)).sum()
}

/// What stands for a slow peer.
async fn send(tag: usize) -> usize {
    yield_now().await;
    tag
}

/// The access ends before the `.await`. Only its result lives on.
async fn result_across_await(key: Arc<Buffer>) -> Result<usize> {
    let tag = key.with_data(tag_of)?;
    Ok(send(tag).await)
}

/// The buffer may live across an `.await`, and each access to it is short.
async fn buffer_across_await(key: Arc<Buffer>) -> Result<usize> {
    let before = key.with_data(tag_of)?;
    let sent = send(before).await;
    Ok(sent.min(key.with_data(tag_of)?))
}

/// Another thread inside a buffer, until it is told to leave or its `Sender` is dropped.
fn hold(buffer: &Arc<Buffer>) -> Result<Sender<()>> {
    let (leave, left) = channel::<()>();
    let (inside, is_inside) = channel();
    let buffer = Arc::clone(buffer);
    thread::spawn(move || {
        let guard = buffer.write();
        let _ = inside.send(guard.as_ref().map(drop).map_err(Clone::clone));
        let _ = left.recv();
    });
    is_inside.recv()??;
    Ok(leave)
}

/// An access that may have to wait belongs on a thread that may block. The worker goes on meanwhile: it is the only one
/// here, and it is what tells the other thread to leave.
async fn wait_elsewhere() -> Result<usize> {
    let key = Arc::new(Buffer::new(32)?);
    key.copy_from(&[1; 32])?;
    let leave = hold(&key)?;
    let waiting = spawn_blocking(move || key.with_data(tag_of));
    yield_now().await;
    leave.send(())?;
    Ok(waiting.await??)
}

/// A session with a short acquire timeout bounds how long any access blocks a worker. What is busy then comes later.
async fn wait_briefly() -> Result<usize> {
    let session = Session::builder().acquire_timeout(Duration::from_millis(1)).build()?;
    let key = Arc::new(session.buffer(32)?);
    key.copy_from(&[1; 32])?;
    let leave = hold(&key)?;
    match key.with_data(tag_of) {
        Err(Error::Timeout { .. }) => println!("the access gave up"),
        other => return Err(format!("nobody was to get in: {other:?}").into()),
    }
    leave.send(())?;
    loop {
        match try_tag(&key) {
            Ok(tag) => return Ok(tag),
            // Other tasks go on. A service would rather wait for what makes it free.
            Err(Error::WouldBlock { .. }) => yield_now().await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Never waits. A `match key.try_read()` around an `.await` would not compile: the guard may live to its end.
fn try_tag(key: &Buffer) -> memguard::Result<usize> {
    Ok(tag_of(&key.try_read()?))
}

fn main() -> Result<()> {
    let key = Arc::new(Buffer::from_bytes(&mut [1; 32])?);
    let runtime = Builder::new_multi_thread().worker_threads(1).build()?;
    runtime.block_on(async {
        println!("a result across .await: {}", tokio::spawn(result_across_await(Arc::clone(&key))).await??);
        println!("a buffer across .await: {}", tokio::spawn(buffer_across_await(key)).await??);
        println!("a wait elsewhere: {}", tokio::spawn(wait_elsewhere()).await??);
        println!("a short wait: {}", tokio::spawn(wait_briefly()).await??);
        Ok(())
    })
}
