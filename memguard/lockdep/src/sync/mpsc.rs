//! The channels of `std::sync::mpsc`, with checks. A receiver waits for a thread that sends or drops the last sender. A
//! sender of a full channel waits for a thread that receives.

use crate::class::Kind;
use crate::mode::Wait;
use crate::place::Place;
use crate::tracker::Tracker;
use std::sync::{Arc, mpsc};
use std::time::Duration;

pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

/// What the two ends of a channel wait for.
#[derive(Debug)]
struct Events {
    message: Tracker,
    /// A receiver takes something out of the channel.
    room: Tracker,
    /// Only then a sender can wait for room.
    bounded: bool,
    /// When the channel was made. What a thread took before, it does not need for a message.
    made: u64,
}

impl Events {
    fn new(place: Place, bounded: bool) -> Arc<Self> {
        let message = Tracker::made_at(Kind::Channel, place);
        Arc::new(Self { message, room: Tracker::made_at(Kind::Event, place), bounded, made: Tracker::now() })
    }

    fn sends(&self, place: Place) {
        self.message.notify_since(self.made, place);
    }

    fn made_room(&self, place: Place) {
        if self.bounded {
            self.room.notify_since(self.made, place);
        }
    }
}

/// See [`std::sync::mpsc::channel`]. The class of the channel is the place of this call.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let events = Events::new(Place::caller(), false);
    let (sender, receiver) = mpsc::channel();
    (Sender { inner: sender, events: events.clone() }, Receiver { inner: receiver, events })
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
    let events = Events::new(Place::caller(), true);
    let (sender, receiver) = mpsc::sync_channel(bound);
    let rendezvous = bound == 0;
    (SyncSender { inner: sender, events: events.clone(), rendezvous }, Receiver { inner: receiver, events })
}

/// [`std::sync::mpsc::Sender`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::channel();
/// sender.clone().send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[derive(Clone, Debug)]
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
    events: Arc<Events>,
}

impl<T> Sender<T> {
    /// See [`std::sync::mpsc::Sender::send`].
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.events.sends(Place::caller());
        self.inner.send(value)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.events.sends(Place::caller());
    }
}

/// [`std::sync::mpsc::SyncSender`] with checks.
///
/// ```
/// let (sender, receiver) = memguard_lockdep::sync::mpsc::sync_channel(1);
/// sender.send(1).unwrap();
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[derive(Clone, Debug)]
pub struct SyncSender<T> {
    inner: mpsc::SyncSender<T>,
    events: Arc<Events>,
    /// Each send waits for its receiver. Otherwise only a send to a full channel counts as a wait, because a channel
    /// can be large enough for all that is sent.
    rendezvous: bool,
}

impl<T> SyncSender<T> {
    /// See [`std::sync::mpsc::SyncSender::send`].
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let place = Place::caller();
        self.events.sends(place);
        let room = &self.events.room;
        if self.rendezvous {
            return room.wait(Wait::Block, place, || self.inner.send(value));
        }
        match self.inner.try_send(value) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(value)) => room.wait(Wait::Block, place, || self.inner.send(value)),
            Err(TrySendError::Disconnected(value)) => Err(SendError(value)),
        }
    }

    /// See [`std::sync::mpsc::SyncSender::try_send`].
    #[track_caller]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.events.sends(Place::caller());
        self.inner.try_send(value)
    }
}

impl<T> Drop for SyncSender<T> {
    fn drop(&mut self) {
        self.events.sends(Place::caller());
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
#[derive(Debug)]
pub struct Receiver<T> {
    inner: mpsc::Receiver<T>,
    events: Arc<Events>,
}

impl<T> Receiver<T> {
    /// See [`std::sync::mpsc::Receiver::recv`].
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        let place = Place::caller();
        self.events.made_room(place);
        self.events.message.wait(Wait::Block, place, || self.inner.recv())
    }

    /// See [`std::sync::mpsc::Receiver::recv_timeout`].
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let place = Place::caller();
        self.events.made_room(place);
        self.events.message.wait(Wait::Timed, place, || self.inner.recv_timeout(timeout))
    }

    /// See [`std::sync::mpsc::Receiver::try_recv`].
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.events.made_room(Place::caller());
        self.inner.try_recv()
    }

    /// See [`std::sync::mpsc::Receiver::iter`].
    #[track_caller]
    pub fn iter(&self) -> impl Iterator<Item = T> {
        let place = Place::caller();
        std::iter::from_fn(move || {
            self.events.made_room(place);
            self.events.message.wait(Wait::Block, place, || self.inner.recv()).ok()
        })
    }

    /// See [`std::sync::mpsc::Receiver::try_iter`].
    #[track_caller]
    pub fn try_iter(&self) -> impl Iterator<Item = T> {
        let place = Place::caller();
        std::iter::from_fn(move || {
            self.events.made_room(place);
            self.inner.try_recv().ok()
        })
    }
}

/// A sender of a full channel stops waiting as its receiver goes.
impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.events.made_room(Place::caller());
    }
}
