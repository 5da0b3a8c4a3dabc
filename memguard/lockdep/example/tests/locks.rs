//! The order of the locks, in a run of everything that the crate does.
//!
//! A change that nests locks in a new way fails here. Review the new line, then accept it:
//!
//!     LOCKDEP_ACCEPT=1 cargo test -p memguard-lockdep-example --features check-locks

use memguard_lockdep_example::Shop;
use std::thread;

#[test]
fn the_locks_have_one_order() {
    let shop = Shop::default();
    thread::scope(|scope| {
        scope.spawn(|| (0..100).for_each(|_| shop.deliver("lock", 1)));
        scope.spawn(|| (0..100).for_each(|_| _ = shop.sell("lock")));
        scope.spawn(|| (0..100).for_each(|_| assert!(shop.left("lock") <= 100)));
    });
    // Each way was taken, no matter how the threads met.
    shop.deliver("lock", 1);
    assert!(shop.sell("lock"));
    assert_eq!(shop.left("lock") as usize + shop.sold(), 101);

    memguard_lockdep::assert_no_deadlocks();
    memguard_lockdep::assert_baseline(concat!(env!("CARGO_MANIFEST_DIR"), "/locks.baseline"));
}
