//! CLEAN: the stack is cleared as deep as it was used.

use super::*;
use std::hint::black_box;

const LEN: usize = 256;

/// A signal handler that does nothing. The kernel writes all registers to the stack.
extern "C" fn nothing(_signal: i32) {}

fn secret() -> [u8; LEN] {
    std::array::from_fn(|at| (at * 37 + at / 8 + 91) as u8)
}

/// Leaves a piece in a register. The copy alone may not, because each C library has its own: that of musl moves the
/// bytes from memory to memory (`rep movsq`).
#[cfg(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2")))]
#[inline(always)]
fn load(piece: &[u8; 16]) {
    // SAFETY: the target has the register, the compiler is told that it changes, and the piece may be read.
    unsafe { std::arch::asm!("movdqu xmm7, [{}]", in(reg) piece, out("xmm7") _, options(nostack, readonly)) };
}

/// Other processors: what the copy leaves.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "x86", target_feature = "sse2"))))]
fn load(_: &[u8; 16]) {}

/// A copy that a signal interrupts when the registers hold a piece of it.
#[inline(never)]
fn interrupted_copy(from: &[u8; LEN], into: &mut [u8; LEN]) {
    into.copy_from_slice(black_box(from));
    load(from.first_chunk().expect("a piece"));
    // SAFETY: the signal has a handler.
    unsafe { libc::raise(libc::SIGUSR2) };
}

/// How many pieces of 16 bytes of the secret lie below this frame.
#[inline(never)]
fn pieces_on_the_stack(secret: &[u8; LEN]) -> usize {
    let here = 0_u64;
    let top = (&raw const here).expose_provenance() & !7;
    let is_piece = |address: usize| {
        // SAFETY: the stack of a thread of a test is larger than that, and any byte of it may be read.
        let piece: [u8; 16] = unsafe { std::ptr::with_exposed_provenance::<[u8; 16]>(address).read_volatile() };
        secret.windows(16).any(|window| window == piece)
    };
    (top - (16 << 10)..top).step_by(8).filter(|&address| is_piece(address)).count()
}

/// CLEAN: what a signal wrote to the stack in the middle of a copy is gone when the call returns.
#[test]
fn a_copy_that_a_signal_interrupts_leaves_nothing() {
    // SAFETY: a handler that does nothing may interrupt anything.
    unsafe { libc::signal(libc::SIGUSR2, nothing as *const () as libc::sighandler_t) };
    let (from, mut into) = (secret(), [0; LEN]);
    interrupted_copy(&from, &mut into);
    assert_ne!(pieces_on_the_stack(&from), 0, "the search finds what an unguarded copy leaves");
    after_copy(|| interrupted_copy(&from, &mut into));
    assert_eq!(pieces_on_the_stack(&from), 0);
}

/// How many bytes below this frame the step used.
#[inline(never)]
fn depth_of(step: &mut dyn FnMut()) -> usize {
    const PAINTED: usize = 128 << 10;
    #[inline(never)]
    fn paint() {
        black_box([0xa5_u8; PAINTED]);
    }
    let here = 0_u64;
    let top = (&raw const here).expose_provenance();
    paint();
    step();
    // SAFETY: as above.
    let is_used =
        |address: &usize| unsafe { std::ptr::with_exposed_provenance::<u8>(*address).read_volatile() } != 0xa5;
    (top - PAINTED + 4096..top).find(is_used).map_or(0, |deepest| top - deepest)
}

/// CLEAN: the ciphers and hashes, with a signal at their deepest point, use less of the stack than is cleared.
#[test]
fn ciphers_and_a_signal_use_less_than_is_cleared() {
    use crate::crypto::{self, Cipher};
    // SAFETY: a handler that does nothing may interrupt anything.
    unsafe { libc::signal(libc::SIGUSR2, nothing as *const () as libc::sighandler_t) };
    // `AT_MINSIGSTKSZ` also has room for registers that the thread may not use.
    // SAFETY: the signal has a handler.
    let signal_frame = depth_of(&mut || _ = unsafe { libc::raise(libc::SIGUSR2) });
    assert!(signal_frame > 512, "a frame has the registers at least: {signal_frame} bytes");
    let ciphers = [Cipher::XChaCha20Poly1305, Cipher::Aegis256].into_iter().filter(|cipher| cipher.is_available());
    for (cipher, len) in ciphers.flat_map(|cipher| [1, 32, 1000, 1 << 16].map(|len| (cipher, len))) {
        let (key, plain, mut room) = ([1; crypto::KEY_LEN], vec![3; len], vec![0; cipher.room()]);
        let (mut sealed, mut opened) = (vec![2; cipher.nonce_len() + len + cipher.tag_len()], vec![0; len]);
        let seal = depth_of(&mut || crypto::seal(cipher, &key, b"aad", &plain, &mut sealed, &mut room).unwrap());
        let open = depth_of(&mut || crypto::open(cipher, &key, b"aad", &sealed, &mut opened).unwrap());
        let hash = depth_of(&mut || _ = black_box(crypto::fingerprint(&key, &key)));
        let depth = seal.max(open).max(hash) + signal_frame.max(4096);
        assert!(depth < CIPHER, "{cipher}, {len} bytes: {seal}, {open}, {hash} and {signal_frame}");
    }
}
