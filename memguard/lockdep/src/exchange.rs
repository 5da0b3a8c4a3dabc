//! What the two ends of a channel wait for. A receiver waits for a thread that sends or drops the last sender. A sender
//! of a full channel waits for a thread that receives or drops the last receiver.

use crate::class::Kind;
use crate::messages::Rule;
use crate::mode::{Mode, Wait};
use crate::place::Place;
use crate::tracker::Tracker;

/// How a wait for the other end went.
pub(crate) enum Outcome {
    Done,
    /// It gave up.
    Failed,
    /// The other end is gone.
    Closed,
}

/// One direction of a channel: things go from one end to the other.
#[derive(Debug)]
struct Flow {
    things: Tracker,
    /// The ends that give are gone.
    gone: Tracker,
    rule: Rule,
    /// When the channel was made. What a thread took before, it does not need for a message.
    made: u64,
}

impl Flow {
    fn new(kind: Kind, place: Place, spare: usize) -> Self {
        Self {
            things: Tracker::made_at(kind, place),
            gone: Tracker::made_at(kind, place),
            rule: Rule::Things { spare: spare as u64 },
            made: Tracker::now(),
        }
    }

    fn give(&self, place: Place) {
        self.things.give(self.rule, self.made, place);
    }

    /// Takes a thing with `take`, and waits until there is one.
    fn take<R>(&self, how: Wait, place: Place, take: impl FnOnce() -> R, outcome: impl FnOnce(&R) -> Outcome) -> R {
        let result = match how {
            Wait::Try => take(),
            Wait::Block | Wait::Timed => self.things.wait_for_next(self.rule, how, place, take),
        };
        self.took(how, place, outcome(&result));
        result
    }

    fn took(&self, how: Wait, place: Place, outcome: Outcome) {
        let is_certain = how == Wait::Block;
        match outcome {
            Outcome::Done => self.things.took(self.rule, is_certain, place),
            Outcome::Closed if is_certain => {
                // It would have waited for that, had it come before.
                self.gone.ask(Mode::Exclusive, Wait::Block, place);
                self.things.all_left(self.rule, place);
            }
            Outcome::Closed | Outcome::Failed => {}
        }
    }

    fn leave(&self, place: Place) {
        self.gone.notify_since(self.made, place);
        self.things.leaves(self.rule, place);
    }
}

/// A channel, of any library.
#[derive(Debug)]
pub(crate) struct Channel {
    messages: Flow,
    /// Only a channel with a bound makes its senders wait.
    room: Option<Flow>,
}

impl Channel {
    pub(crate) fn new(place: Place, bound: Option<usize>) -> Self {
        let room = bound.map(|bound| Flow::new(Kind::Event, place, bound));
        Self { messages: Flow::new(Kind::Channel, place, 0), room }
    }

    /// Sends with `send`, which waits until there is room.
    pub(crate) fn send<R>(
        &self,
        how: Wait,
        place: Place,
        send: impl FnOnce() -> R,
        outcome: impl Fn(&R) -> Outcome,
    ) -> R {
        if how == Wait::Block {
            self.messages.give(place);
        }
        let result = match &self.room {
            Some(room) => room.take(how, place, send, &outcome),
            None => send(),
        };
        // One that may give up gives only what it has sent.
        if let (Wait::Timed | Wait::Try, Outcome::Done) = (how, outcome(&result)) {
            self.messages.give(place);
        }
        result
    }

    /// Receives with `receive`, which waits for a message.
    pub(crate) fn receive<R>(
        &self,
        how: Wait,
        place: Place,
        receive: impl FnOnce() -> R,
        outcome: impl Fn(&R) -> Outcome,
    ) -> R {
        if let (Some(room), Wait::Block) = (&self.room, how) {
            room.give(place);
        }
        let result = self.messages.take(how, place, receive, &outcome);
        if let (Some(room), Wait::Timed | Wait::Try, Outcome::Done) = (&self.room, how, outcome(&result)) {
            room.give(place);
        }
        result
    }

    /// A sender is dropped.
    pub(crate) fn drop_sender(&self, place: Place) {
        self.messages.leave(place);
    }

    /// A receiver is dropped.
    pub(crate) fn drop_receiver(&self, place: Place) {
        if let Some(room) = &self.room {
            room.leave(place);
        }
    }
}
