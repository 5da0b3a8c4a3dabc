//! The channels of `crossbeam-channel`, with checks: [`bounded`] and [`unbounded`]. A receiver waits for a thread that
//! sends or drops the last sender. A sender of a full channel waits for a thread that receives or drops the last
//! receiver.
//!
//! `select!`, `after`, `at`, `tick` and `never` are not here: they need the receivers of `crossbeam-channel` itself. A
//! wait of a `select!` can be told with an [`Event`](crate::Event).

#![allow(clippy::missing_errors_doc, reason = "each method names the one of crossbeam, which says when it fails")]

use crate::exchange::{Channel, Outcome};
use crate::mode::Wait;
use crate::place::Place;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use crossbeam_channel::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError};

/// See [`crossbeam_channel::unbounded`]. The class of the channel is the place of this call.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::unbounded();
/// sender.send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    ends(crossbeam_channel::unbounded(), Channel::new(Place::caller(), None))
}

/// See [`crossbeam_channel::bounded`]. The class of the channel is the place of this call.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::bounded(1);
/// sender.send(1).unwrap();
/// assert!(sender.try_send(2).is_err());
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[track_caller]
pub fn bounded<T>(bound: usize) -> (Sender<T>, Receiver<T>) {
    ends(crossbeam_channel::bounded(bound), Channel::new(Place::caller(), Some(bound)))
}

fn ends<T>(
    (sender, receiver): (crossbeam_channel::Sender<T>, crossbeam_channel::Receiver<T>),
    channel: Channel,
) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(channel);
    (Sender { inner: sender, channel: channel.clone() }, Receiver { inner: receiver, channel })
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

fn of_send_timeout<T>(result: &Result<(), SendTimeoutError<T>>) -> Outcome {
    match result {
        Ok(()) => Outcome::Done,
        Err(SendTimeoutError::Timeout(_)) => Outcome::Failed,
        Err(SendTimeoutError::Disconnected(_)) => Outcome::Closed,
    }
}

fn of_recv<T>(result: &Result<T, RecvError>) -> Outcome {
    if result.is_ok() { Outcome::Done } else { Outcome::Closed }
}

fn of_try_recv<T>(result: &Result<T, TryRecvError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(TryRecvError::Empty) => Outcome::Failed,
        Err(TryRecvError::Disconnected) => Outcome::Closed,
    }
}

fn of_recv_timeout<T>(result: &Result<T, RecvTimeoutError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(RecvTimeoutError::Timeout) => Outcome::Failed,
        Err(RecvTimeoutError::Disconnected) => Outcome::Closed,
    }
}

/// [`crossbeam_channel::Sender`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::unbounded();
/// sender.clone().send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
pub struct Sender<T> {
    inner: crossbeam_channel::Sender<T>,
    channel: Arc<Channel>,
}

impl<T> Sender<T> {
    /// See [`crossbeam_channel::Sender::send`].
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.channel.send(Wait::Block, Place::caller(), || self.inner.send(message), of_send)
    }

    /// See [`crossbeam_channel::Sender::try_send`].
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.channel.send(Wait::Try, Place::caller(), || self.inner.try_send(message), of_try_send)
    }

    /// See [`crossbeam_channel::Sender::send_timeout`].
    #[track_caller]
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        let send = || self.inner.send_timeout(message, timeout);
        self.channel.send(Wait::Timed, Place::caller(), send, of_send_timeout)
    }

    /// See [`crossbeam_channel::Sender::send_deadline`].
    #[track_caller]
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        let send = || self.inner.send_deadline(message, deadline);
        self.channel.send(Wait::Timed, Place::caller(), send, of_send_timeout)
    }

    /// See [`crossbeam_channel::Sender::same_channel`].
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), channel: self.channel.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.channel.drop_sender(Place::caller());
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// [`crossbeam_channel::Receiver`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::unbounded();
/// sender.send(1).unwrap();
/// drop(sender);
/// assert!(receiver.clone().iter().eq([1]));
/// ```
pub struct Receiver<T> {
    inner: crossbeam_channel::Receiver<T>,
    channel: Arc<Channel>,
}

impl<T> Receiver<T> {
    /// See [`crossbeam_channel::Receiver::recv`].
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_at(Place::caller())
    }

    fn recv_at(&self, place: Place) -> Result<T, RecvError> {
        self.channel.receive(Wait::Block, place, || self.inner.recv(), of_recv)
    }

    /// See [`crossbeam_channel::Receiver::try_recv`].
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.receive(Wait::Try, Place::caller(), || self.inner.try_recv(), of_try_recv)
    }

    /// See [`crossbeam_channel::Receiver::recv_timeout`].
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.channel.receive(Wait::Timed, Place::caller(), || self.inner.recv_timeout(timeout), of_recv_timeout)
    }

    /// See [`crossbeam_channel::Receiver::recv_deadline`].
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.channel.receive(Wait::Timed, Place::caller(), || self.inner.recv_deadline(deadline), of_recv_timeout)
    }

    /// See [`crossbeam_channel::Receiver::iter`].
    #[track_caller]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self, place: Place::caller() }
    }

    /// See [`crossbeam_channel::Receiver::try_iter`].
    #[track_caller]
    pub fn try_iter(&self) -> impl Iterator<Item = T> {
        let place = Place::caller();
        std::iter::from_fn(move || self.channel.receive(Wait::Try, place, || self.inner.try_recv(), of_try_recv).ok())
    }

    /// See [`crossbeam_channel::Receiver::same_channel`].
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }
}

/// What both ends say of their channel.
macro_rules! looks {
    ($end:ident) => {
        impl<T> $end<T> {
            /// Whether no message is there now.
            pub fn is_empty(&self) -> bool {
                self.inner.is_empty()
            }

            /// Whether no message has room now.
            pub fn is_full(&self) -> bool {
                self.inner.is_full()
            }

            /// How many messages are there now.
            pub fn len(&self) -> usize {
                self.inner.len()
            }

            /// How many messages have room, if that is bounded.
            pub fn capacity(&self) -> Option<usize> {
                self.inner.capacity()
            }
        }
    };
}

looks!(Sender);
looks!(Receiver);

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), channel: self.channel.clone() }
    }
}

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
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::unbounded();
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

impl<T> FusedIterator for Iter<'_, T> {}

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
/// let (sender, receiver) = memguard_lockdep::crossbeam_channel::unbounded();
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

impl<T> FusedIterator for IntoIter<T> {}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    #[track_caller]
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self, place: Place::caller() }
    }
}
