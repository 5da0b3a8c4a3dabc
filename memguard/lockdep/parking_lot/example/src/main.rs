//! Two threads that take the locks of a library in opposite order. They never meet, so nothing hangs.

use bank::Bank;
use std::sync::Arc;
use std::thread;

fn main() {
    let bank = Arc::new(Bank::new(vec![10, 0]));
    let teller = bank.clone();
    thread::spawn(move || teller.transfer(0, 1, 5)).join().expect("the transfer");
    thread::spawn(move || bank.close_day()).join().expect("the close of the day");
}
