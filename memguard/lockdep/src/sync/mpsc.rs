//! The channels of `std::sync::mpsc`, with checks. A receiver waits for a thread that sends or drops the last sender. A
//! sender of a full channel waits for a thread that receives.

use crate::exchange::{Channel, Outcome};
use crate::mode::Wait;
use crate::place::Place;
use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

/// See [`std::sync::mpsc::channel`]. The class of the channel is the place of this call.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel::new(Place::caller(), None));
    let (sender, receiver) = mpsc::channel();
    (Sender { inner: sender, channel: channel.clone() }, Receiver { inner: receiver, channel })
}

/// See [`std::sync::mpsc::sync_channel`]. The class of the channel is the place of this call.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::sync_channel(1);
/// sender.send(1).unwrap();
/// assert!(sender.try_send(2).is_err());
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[track_caller]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let channel = Arc::new(Channel::new(Place::caller(), Some(bound)));
    let (sender, receiver) = mpsc::sync_channel(bound);
    (SyncSender { inner: sender, channel: channel.clone() }, Receiver { inner: receiver, channel })
}

fn of_send<T>(result: &Result<(), SendError<T>>) -> Outcome {
    if result.is_ok() { Outcome::Done } else { Outcome::Closed }
}

fn of_try_send<T>(result: &Result<(), TrySendError<T>>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(TrySendError::Full(_)) => Outcome::Failed,
        Err(TrySendError::Disconnected(_)) => Outcome::Closed,
    }
}

fn of_recv<T>(result: &Result<T, RecvError>) -> Outcome {
    if result.is_ok() { Outcome::Done } else { Outcome::Closed }
}

fn of_recv_timeout<T>(result: &Result<T, RecvTimeoutError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(RecvTimeoutError::Timeout) => Outcome::Failed,
        Err(RecvTimeoutError::Disconnected) => Outcome::Closed,
    }
}

fn of_try_recv<T>(result: &Result<T, TryRecvError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(TryRecvError::Empty) => Outcome::Failed,
        Err(TryRecvError::Disconnected) => Outcome::Closed,
    }
}

/// [`std::sync::mpsc::Sender`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.clone().send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
    channel: Arc<Channel>,
}

impl<T> Sender<T> {
    /// See [`std::sync::mpsc::Sender::send`].
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.channel.send(Wait::Block, Place::caller(), || self.inner.send(value), of_send)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), channel: self.channel.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.channel.drop_sender(Place::caller());
    }
}

/// [`std::sync::mpsc::SyncSender`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::sync_channel(1);
/// sender.send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
pub struct SyncSender<T> {
    inner: mpsc::SyncSender<T>,
    channel: Arc<Channel>,
}

impl<T> SyncSender<T> {
    /// See [`std::sync::mpsc::SyncSender::send`].
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.channel.send(Wait::Block, Place::caller(), || self.inner.send(value), of_send)
    }

    /// See [`std::sync::mpsc::SyncSender::try_send`].
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.channel.send(Wait::Try, Place::caller(), || self.inner.try_send(value), of_try_send)
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), channel: self.channel.clone() }
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T> Drop for SyncSender<T> {
    fn drop(&mut self) {
        self.channel.drop_sender(Place::caller());
    }
}

/// [`std::sync::mpsc::Receiver`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// assert!(receiver.iter().eq([1]));
/// ```
pub struct Receiver<T> {
    inner: mpsc::Receiver<T>,
    channel: Arc<Channel>,
}

impl<T> Receiver<T> {
    /// See [`std::sync::mpsc::Receiver::recv`].
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Place::caller())
    }

    /// See [`std::sync::mpsc::Receiver::recv_timeout`].
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.channel.receive(Wait::Timed, Place::caller(), || self.inner.recv_timeout(timeout), of_recv_timeout)
    }

    /// See [`std::sync::mpsc::Receiver::try_recv`].
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.receive(Wait::Try, Place::caller(), || self.inner.try_recv(), of_try_recv)
    }

    fn recv_at(&self, place: Place) -> Result<T, RecvError> {
        self.channel.receive(Wait::Block, place, || self.inner.recv(), of_recv)
    }

    /// See [`std::sync::mpsc::Receiver::iter`].
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self, place: Place::caller() }
    }

    /// See [`std::sync::mpsc::Receiver::try_iter`].
    #[track_caller]
    pub fn try_iter(&self) -> impl Iterator<Item = T> {
        let place = Place::caller();
        std::iter::from_fn(move || self.channel.receive(Wait::Try, place, || self.inner.try_recv(), of_try_recv).ok())
    }
}

/// A sender of a full channel stops waiting as its receiver goes.
impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.channel.drop_receiver(Place::caller());
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// The messages of a [`Receiver`], until its channel is closed.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// for number in &receiver {
///     assert_eq!(number, 1);
/// }
/// ```
#[derive(Debug)]
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
    place: Place,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.place).ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    #[track_caller]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The messages of a [`Receiver`], with the receiver.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// assert!(receiver.into_iter().eq([1]));
/// ```
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
    place: Place,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv_at(self.place).ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self, place: Place::caller() }
    }
}
