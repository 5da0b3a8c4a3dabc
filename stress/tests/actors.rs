//! The reference model and the library on one thread and simulated pages. Nothing races, so the model predicts every
//! answer.

use memguard::{Fault, Session, Sim};
use memguard_stress::ops::{self, Actor, Choices, EVERYTHING, Environment, Op, PurgeWatch, Tally};
use memguard_stress::planted;

/// Runs one actor alone and returns how many kinds of operation there were.
fn run_alone(seed: u64, environment: Environment<'_>) -> usize {
    planted::silence();
    let sim = Sim::new(4096);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().expect("a simulated session");
    let (tally, mut choices) = (Tally::default(), Choices::new(seed, 0));
    let mut actor = Actor::new(&session, &tally, environment, seed, 1);
    let mut kinds = std::collections::HashSet::new();
    for step in 0..1500 {
        let op = EVERYTHING.draw(&mut choices);
        kinds.insert(op.name());
        actor.apply(&op).unwrap_or_else(|violation| panic!("seed {seed}, step {step}, {op:?}: {violation}"));
    }
    actor.verify().expect("what is left is as recorded");
    drop(actor);
    let health = session.health();
    assert_eq!((health.live_buffers, health.registered, health.parked), (0, 0, 0));
    assert_eq!(tally.disagreements(&health.degraded), [""; 0]);
    drop(session);
    let report = sim.report();
    assert_eq!((report.live_bytes, report.unwiped_bytes), (0, 0));
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    kinds.len()
}

#[test]
fn alone_every_answer_is_predicted() {
    let kinds: usize = (0..8).map(|seed| run_alone(seed, Environment::default())).min().unwrap_or(0);
    assert!(kinds >= 15, "only {kinds} kinds of operation were drawn");
}

#[test]
fn alone_a_purge_takes_everything_at_once() {
    let watch = PurgeWatch::default();
    for seed in 0..8 {
        // Without a watch the model allows no purge by another thread. With one it does, and the answers are the same.
        run_alone(seed, Environment { purges: Some(&watch), ..Environment::default() });
    }
}

#[test]
fn a_seed_fixes_the_operations() {
    let draw = |seed, stream| {
        let mut choices = Choices::new(seed, stream);
        (0..100).map(|_| EVERYTHING.draw(&mut choices)).collect::<Vec<_>>()
    };
    assert_eq!(draw(1, 2), draw(1, 2));
    assert_ne!(draw(1, 2), draw(1, 3));
    assert_ne!(draw(1, 2), draw(2, 2));
}

#[test]
fn a_model_that_is_wrong_is_noticed() {
    let sim = Sim::new(4096);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().expect("a simulated session");
    let tally = Tally::default();
    let create = Op::Create { at: 0, origin: ops::Origin::Bytes, len: 32 };
    for look in [Op::Read { at: 0, by: ops::ReadCall::Guard }, Op::Inspect(0), Op::Destroy(0)] {
        let mut actor = Actor::new(&session, &tally, Environment::default(), 1, 1);
        actor.apply(&create).expect("a buffer");
        // The actor's model does not know of this purge.
        session.purge();
        assert!(actor.apply(&look).is_err(), "{look:?} saw nothing");
        actor.apply(&create).expect("an actor that starts again");
    }
}

/// WIPED: an audit finds a wipe that was left out.
#[test]
fn a_skipped_wipe_is_noticed() {
    let sim = Sim::new(4096);
    let session = Session::builder().simulated(&sim).rekey_interval(None).build().expect("a simulated session");
    let tally = Tally::default();
    let mut actor = Actor::new(&session, &tally, Environment::default(), 1, 1);
    actor.apply(&Op::Create { at: 0, origin: ops::Origin::Bytes, len: 32 }).expect("a buffer");
    sim.fail(Fault::SkipWipe { n: 1 });
    actor.apply(&Op::Destroy(0)).expect("the library does not know");
    let noticed = actor.apply(&Op::Query(ops::Query::Audit)).expect_err("a wipe was left out");
    assert_eq!(noticed.guarantee, memguard_stress::Guarantee::Wiped);
}
