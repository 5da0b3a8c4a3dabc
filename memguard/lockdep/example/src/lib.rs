//! A shop, as an example of a crate that checks the order of its locks: see `tests/locks.rs`, and `locks.baseline`,
//! which is what a reviewer of a change looks at.

use memguard_lockdep::parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;

/// What is in stock, and what was sold.
///
/// ```
/// let shop = memguard_lockdep_example::Shop::default();
/// shop.deliver("key", 2);
/// assert!(shop.sell("key"));
/// assert_eq!((shop.left("key"), shop.sold()), (1, 1));
/// ```
#[derive(Debug)]
pub struct Shop {
    stock: RwLock<BTreeMap<String, u32>>,
    journal: Mutex<Vec<String>>,
}

impl Default for Shop {
    fn default() -> Self {
        Self { stock: RwLock::named("STOCK", BTreeMap::new()), journal: Mutex::named("JOURNAL", Vec::new()) }
    }
}

impl Shop {
    /// Puts things into stock.
    pub fn deliver(&self, thing: &str, number: u32) {
        *self.stock.write().entry(thing.to_owned()).or_default() += number;
    }

    /// Sells one, if there is one.
    pub fn sell(&self, thing: &str) -> bool {
        let mut stock = self.stock.write();
        let Some(left) = stock.get_mut(thing).filter(|left| **left > 0) else { return false };
        *left -= 1;
        self.journal.lock().push(thing.to_owned());
        true
    }

    /// How many are in stock.
    pub fn left(&self, thing: &str) -> u32 {
        self.stock.read().get(thing).copied().unwrap_or(0)
    }

    /// How many were sold.
    pub fn sold(&self) -> usize {
        self.journal.lock().len()
    }
}
