//! Nonces, without a system call for each.
//!
//! A nonce must not repeat under one key. It need be neither secret nor hard to guess. So each thread draws random
//! bytes once, 16 or more, and puts a counter before them. Two threads draw the same bytes by chance only, as two
//! random nonces would be the same by chance only.

use crate::sync::Process;
use crate::sync::leaf::per_thread;
use std::cell::Cell;

/// The counter, which begins a nonce.
const COUNTER: usize = size_of::<u64>();
/// The random bytes, for the longest nonce.
const RANDOM: usize = super::aegis::NONCE_LEN - COUNTER;

/// The nonces of one thread. In a forked child they belong to the parent, and the child draws new ones.
#[derive(Clone, Copy)]
struct Nonces {
    process: Process,
    random: [u8; RANDOM],
    used: u64,
}

per_thread! { static NONCES: Cell<Option<Nonces>> = Cell::new(None); }

/// Fills `nonce` with bytes that no other call of this program returns. `draw` fills its argument with randomness. If
/// it fails, so does this. Where a forked child might pass for its parent, each nonce is drawn.
///
/// A copy of the whole running machine, such as a snapshot that is resumed twice, repeats nonces: see SECURITY.md.
pub(crate) fn fill_nonce<E>(nonce: &mut [u8], draw: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<(), E> {
    let process = Process::current();
    let is_mine = |kept: &Nonces| kept.process == process && process.is_certain() && kept.used < u64::MAX;
    let kept = NONCES.with(Cell::get).filter(is_mine);
    let mut nonces = match kept {
        Some(kept) => kept,
        None => {
            let mut random = [0; RANDOM];
            draw(&mut random)?;
            Nonces { process, random, used: 0 }
        }
    };
    nonces.used += 1;
    NONCES.with(|kept| kept.set(Some(nonces)));
    let (counter, random) = nonce.split_at_mut(COUNTER);
    counter.copy_from_slice(&nonces.used.to_le_bytes());
    random.copy_from_slice(&nonces.random[..random.len()]);
    Ok(())
}
