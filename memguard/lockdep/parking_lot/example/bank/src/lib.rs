//! Accounts, as a library has them that knows nothing of the checker.

use parking_lot::Mutex;

/// What a bank keeps.
pub struct Bank {
    accounts: Mutex<Vec<u64>>,
    log: Mutex<Vec<String>>,
}

impl Bank {
    /// A bank with as much in each account.
    pub fn new(accounts: Vec<u64>) -> Self {
        Self { accounts: Mutex::new(accounts), log: Mutex::new(Vec::new()) }
    }

    /// Moves money, and notes it before others see the accounts.
    pub fn transfer(&self, from: usize, to: usize, amount: u64) {
        let mut accounts = self.accounts.lock();
        accounts[from] -= amount;
        accounts[to] += amount;
        self.log.lock().push(format!("{from} -> {to}: {amount}"));
    }

    /// Empties the log, with the sum of all accounts as its only line. The order of its locks is the fault.
    pub fn close_day(&self) {
        let mut log = self.log.lock();
        let sum: u64 = self.accounts.lock().iter().sum();
        *log = vec![format!("sum: {sum}")];
    }
}
