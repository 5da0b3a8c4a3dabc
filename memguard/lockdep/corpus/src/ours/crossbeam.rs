//! The checked channels of `crossbeam-channel`.

use crate::tool::Channels;
use memguard_lockdep::crossbeam_channel::{Receiver, Sender, bounded, unbounded};

/// [`memguard_lockdep::crossbeam_channel`].
pub struct Crossbeam;

impl Channels for Crossbeam {
    type Sender = Sender<u32>;
    type BoundSender = Sender<u32>;
    type Receiver = Receiver<u32>;
    fn channel() -> (Self::Sender, Self::Receiver) {
        unbounded()
    }
    fn bounded(bound: usize) -> (Self::BoundSender, Self::Receiver) {
        bounded(bound)
    }
    fn send(sender: &Self::Sender, number: u32) {
        let _ = sender.send(number);
    }
    fn send_bounded(sender: &Self::BoundSender, number: u32) {
        let _ = sender.send(number);
    }
    fn receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.recv().ok()
    }
    fn try_receive(receiver: &Self::Receiver) -> Option<u32> {
        receiver.try_recv().ok()
    }
}
