//! What channels with several receivers order, and what they do not.

use memguard_lockdep::crossbeam_channel::{Receiver, bounded, unbounded};
use memguard_lockdep::parking_lot::Mutex;
use memguard_lockdep::{Verdict, thread};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The verdicts about locks of a class.
fn verdicts(class: &str) -> Vec<Verdict> {
    let about = |step: &memguard_lockdep::Step| step.held.class.name() == Some(class);
    let reports = memguard_lockdep::reports();
    reports.iter().filter(|report| report.steps.iter().any(about)).map(|report| report.verdict).collect()
}

fn is_deadlock(class: &str) -> bool {
    verdicts(class).iter().any(|verdict| verdict.is_deadlock())
}

struct Pair(Mutex<()>, Mutex<()>);

impl Pair {
    fn new(first: &'static str, second: &'static str) -> Self {
        Self(Mutex::named(first, ()), Mutex::named(second, ()))
    }

    fn forth(&self) {
        let _first = self.0.lock();
        let _second = self.1.lock();
    }

    fn back(&self) {
        let _second = self.1.lock();
        let _first = self.0.lock();
    }
}

/// One thread sends, takes the pair, and sends again. Another receives one of the two messages and takes the pair back.
fn one_of_two_messages(pair: &Pair, receivers: [Receiver<u32>; 2], send: impl Fn() + Send + Sync) {
    thread::scope(|scope| {
        scope.spawn(|| {
            send();
            pair.forth();
            send();
        });
        let [first, second] = receivers;
        scope.spawn(move || first.recv().unwrap()).join().unwrap();
        scope
            .spawn(move || {
                second.recv().unwrap();
                pair.back();
            })
            .join()
            .unwrap();
    });
}

/// Which of the receivers gets the first message is luck.
#[test]
fn a_message_that_another_receiver_could_have_orders_nothing() {
    let pair = Pair::new("shared first", "shared second");
    let (sender, receiver) = unbounded();
    one_of_two_messages(&pair, [receiver.clone(), receiver], move || sender.send(1).unwrap());
    assert!(is_deadlock("shared first"));
}

/// The thread receives both messages, so it has the second one.
#[test]
fn all_messages_order() {
    let pair = Pair::new("all first", "all second");
    let (sender, receiver) = unbounded();
    thread::scope(|scope| {
        scope.spawn(|| {
            sender.send(1).unwrap();
            pair.forth();
            sender.send(2).unwrap();
        });
        for number in receiver.iter().take(2) {
            assert!(number > 0);
        }
        pair.back();
    });
    assert!(!is_deadlock("all first"), "{:?}", memguard_lockdep::reports());
}

/// A receive that may give up is none that orders.
#[test]
fn a_receive_with_a_timeout_orders_nothing() {
    let pair = Pair::new("timed first", "timed second");
    let (sender, receiver) = unbounded();
    thread::scope(|scope| {
        scope.spawn(|| {
            pair.forth();
            sender.send(1).unwrap();
        });
        scope.spawn(|| {
            assert_eq!(receiver.recv_timeout(Duration::from_secs(60)), Ok(1));
            pair.back();
        });
    });
    assert!(is_deadlock("timed first"));
}

/// The sender keeps the lock until a receiver comes, and the receiver needs the lock before it comes.
#[test]
fn a_send_waits_for_room() {
    let lock = Mutex::named("room", ());
    let (sender, receiver) = bounded(0);
    let is_free = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            drop(lock.lock());
            is_free.store(true, Ordering::Release);
            receiver.recv().unwrap();
        });
        scope.spawn(|| {
            while !is_free.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            let _held = lock.lock();
            sender.send(1).unwrap();
        });
    });
    assert!(is_deadlock("room"));
}
