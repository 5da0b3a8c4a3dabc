//! The state of AEGIS-256. Each function is the one of the draft with that name.

use super::block::{Block, and, load, mix, round, store, xor};
use super::form::{NONCE_LEN, TAG_LEN};
use crate::crypto::form::KEY_LEN;

/// The Fibonacci sequence modulo 256.
const C: [[u8; 16]; 2] = [
    [0x00, 0x01, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0d, 0x15, 0x22, 0x37, 0x59, 0x90, 0xe9, 0x79, 0x62],
    [0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1, 0x20, 0x11, 0x31, 0x42, 0x73, 0xb5, 0x28, 0xdd],
];

#[derive(Clone, Copy)]
pub(super) struct State(pub(super) [Block; 6]);

impl State {
    /// `Init`.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn new(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN]) -> Self {
        let ([k0, k1], [n0, n1]) = (halves(key), halves(nonce));
        let (c0, c1) = (load(&C[0]), load(&C[1]));
        let (kn0, kn1) = (xor(k0, n0), xor(k1, n1));
        let mut state = Self([kn0, kn1, c1, c0, xor(k0, c0), xor(k1, c1)]);
        for _ in 0..4 {
            state.update(k0);
            state.update(k1);
            state.update(kn0);
            state.update(kn1);
        }
        state
    }

    /// `Update`. The first round is written out: its key adds nothing that the next block would have to wait for.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn update(&mut self, message: Block) {
        let [s0, s1, s2, s3, s4, s5] = self.0;
        let first = xor(mix(s5), xor(s0, message));
        self.0 = [first, round(s0, s1), round(s1, s2), round(s2, s3), round(s3, s4), round(s4, s5)];
    }

    /// `Absorb`, for all blocks of the associated data.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn absorb(&mut self, aad: &[u8]) {
        let (blocks, rest) = aad.as_chunks();
        for block in blocks {
            self.update(load(block));
        }
        if !rest.is_empty() {
            self.update(load(&padded(rest)));
        }
    }

    /// `Enc`, for one block.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn encrypt(&mut self, plain: &[u8; 16], sealed: &mut [u8; 16]) {
        let (plain, stream) = (load(plain), self.stream());
        self.update(plain);
        store(xor(plain, stream), sealed);
    }

    /// `Dec`, for one block.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn decrypt(&mut self, sealed: &[u8; 16], plain: &mut [u8; 16]) {
        let opened = xor(load(sealed), self.stream());
        self.update(opened);
        store(opened, plain);
    }

    /// `Enc`, for what is left of less than one block.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn encrypt_rest(&mut self, plain: &[u8], sealed: &mut [u8]) {
        let mut block = [0; 16];
        self.encrypt(&padded(plain), &mut block);
        sealed.copy_from_slice(&block[..sealed.len()]);
    }

    /// `DecPartial`.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn decrypt_rest(&mut self, sealed: &[u8], plain: &mut [u8]) {
        let mut block = [0; 16];
        store(xor(load(&padded(sealed)), self.stream()), &mut block);
        plain.copy_from_slice(&block[..plain.len()]);
        self.update(load(&padded(plain)));
    }

    /// `Finalize`: the tag. The lengths are in bits.
    #[inline]
    #[target_feature(enable = "aes")]
    pub(super) fn tag(mut self, aad_bits: u64, plain_bits: u64) -> [Block; TAG_LEN / 16] {
        let lengths = (u128::from(plain_bits) << 64 | u128::from(aad_bits)).to_le_bytes();
        let block = xor(self.0[3], load(&lengths));
        for _ in 0..7 {
            self.update(block);
        }
        let [s0, s1, s2, s3, s4, s5] = self.0;
        [xor(xor(s0, s1), s2), xor(xor(s3, s4), s5)]
    }

    /// What the next block is encrypted with.
    #[inline]
    #[target_feature(enable = "aes")]
    fn stream(&self) -> Block {
        let [_, s1, s2, s3, s4, s5] = self.0;
        xor(xor(s1, s4), xor(s5, and(s2, s3)))
    }
}

/// The two blocks of 32 bytes.
#[inline]
#[target_feature(enable = "aes")]
pub(super) fn halves(bytes: &[u8; 32]) -> [Block; 2] {
    let (blocks, _) = bytes.as_chunks();
    [load(&blocks[0]), load(&blocks[1])]
}

/// The bytes, and zeros up to the length of a block.
#[inline]
fn padded(bytes: &[u8]) -> [u8; 16] {
    let mut block = [0; 16];
    block[..bytes.len()].copy_from_slice(bytes);
    block
}
