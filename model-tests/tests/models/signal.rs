//! A caught signal: the user's handler runs once, and then the session is purged, in every state of the other threads.
//! The system delivers the signal and exits. Models call the steps in between.

use memguard::sync::{Outcome, Site};
use memguard::{Delivery, Error, PurgeReport, Session};
use model_tests::{
    JoinHandle, Model, OTHER, SECRET, World, keep, look, opens_or_key_gone, read_or_refused, saw, spawn,
};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

const SIGNAL: i32 = 15;

/// The steps between a signal and the exit, on a thread of the model. Returns the purge's report.
fn deliver(delivery: &Arc<Delivery>, session: Arc<Session>) -> JoinHandle<PurgeReport> {
    let delivery = Arc::clone(delivery);
    spawn(move || {
        delivery.deliver(SIGNAL);
        session.purge()
    })
}

/// A handler is replaced while a signal arrives. One of the two runs, and only once.
pub fn install_vs_deliver(model: Model) {
    model.sees(["the old one", "the new one"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        // Outside loom: it only counts, and is read after all threads have ended.
        let ran = [0, 1].map(|_| Arc::new(AtomicU64::new(0)));
        let handler = |at: usize| {
            let ran = Arc::clone(&ran[at]);
            Box::new(move |signal| {
                assert_eq!(signal, SIGNAL);
                ran.fetch_add(1, Ordering::Relaxed);
            })
        };
        let delivery = Arc::new(Delivery::new());
        delivery.install(handler(0));
        let signalled = deliver(&delivery, world.session());
        delivery.install(handler(1));
        assert_eq!(signalled.join().expect("no panic").wiped, 1);
        match ran.map(|ran| ran.load(Ordering::Relaxed)) {
            [1, 0] => saw("the old one"),
            [0, 1] => saw("the new one"),
            other => panic!("not exactly one handler ran: {other:?}"),
        }
        drop((buffer, delivery));
        world.end(1);
    });
}

/// A signal while another thread is inside an access. The wipe is handed over, and the bytes stay whole until that
/// thread leaves.
pub fn deliver_vs_read(model: Model) {
    model.sees(["read", "refused", "handed over"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let delivery = Arc::new(Delivery::new());
        let signalled = deliver(&delivery, world.session());
        read_or_refused(look(&buffer));
        let report = signalled.join().expect("no panic");
        assert_eq!(report.wiped + report.handed_over, 1, "WIPED: the purge missed a buffer");
        if report.handed_over == 1 {
            saw("handed over");
        }
        drop((buffer, delivery));
        world.end(1);
    });
}

/// The handler seals while another thread seals. The purge then takes the key of both.
pub fn a_handler_that_seals_vs_seal(model: Model) {
    let model = model.reaches(Site::CofferView, Outcome::Contended).reaches(Site::CofferPurge, Outcome::Contended);
    model.sees(["opens", "key gone"]).run(|| {
        let world = World::new();
        let delivery = Arc::new(Delivery::new());
        let session = world.session();
        delivery.install(Box::new(move |_| {
            session.enclave(&mut { OTHER }).map(drop).expect("nothing stops a seal");
        }));
        let signalled = deliver(&delivery, world.session());
        let enclave = world.session().enclave(&mut { SECRET }).expect("a purge does not stop sealing");
        signalled.join().expect("no panic");
        opens_or_key_gone(&enclave, SECRET);
        drop((enclave, delivery));
        world.end(3);
    });
}

/// A handler that panics does not keep the session from being purged.
pub fn a_handler_that_panics_vs_write(model: Model) {
    model.expects_panics().sees(["written", "refused"]).run(|| {
        let world = World::new();
        let buffer = keep(&world.session(), &SECRET);
        let delivery = Arc::new(Delivery::new());
        delivery.install(Box::new(|_| resume_unwind(Box::new("the user's own"))));
        let signalled = deliver(&delivery, world.session());
        match buffer.copy_from(&OTHER) {
            Ok(()) => saw("written"),
            Err(error) => {
                assert_eq!(error, Error::Destroyed);
                saw("refused");
            }
        }
        let report = signalled.join().expect("the panic is caught");
        assert_eq!(report.wiped + report.handed_over, 1, "WIPED: a panic in the handler kept the purge away");
        drop((buffer, delivery));
        world.end(1);
    });
}

family! {
    install_vs_deliver,
    deliver_vs_read,
    a_handler_that_seals_vs_seal,
    a_handler_that_panics_vs_write,
}
