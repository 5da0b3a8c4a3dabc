//! The bytes that a secret must have. A seed and an id fix them, so the library cannot change this record.

/// The bytes of one secret. They are derived from the seed and the id, so nothing stores them.
///
/// No byte is zero, so wiped memory differs from content in every byte.
///
/// ```
/// use memguard_stress::ops::Content;
/// let content = Content::new(7, 1);
/// let mut bytes = content.bytes(100);
/// assert!(content.check(&bytes).is_ok());
/// bytes[42] = 0;
/// assert!(content.check(&bytes).unwrap_err().contains("1 of 100 bytes differ"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    seed: u64,
    id: u64,
}

impl Content {
    /// The content with this id under this seed.
    pub fn new(seed: u64, id: u64) -> Self {
        Self { seed, id }
    }

    /// Another content, which no actor uses.
    pub fn next(self) -> Self {
        Self { id: !self.id, ..self }
    }

    /// The byte at this place.
    fn byte(self, at: usize) -> u8 {
        let word = mix(self.seed ^ mix(self.id) ^ (at as u64 / 8));
        let byte = word.to_le_bytes()[at % 8];
        if byte == 0 { 0xFF } else { byte }
    }

    /// Writes the content, from its start, over all of `out`.
    pub fn fill(self, out: &mut [u8]) {
        for (at, byte) in out.iter_mut().enumerate() {
            *byte = self.byte(at);
        }
    }

    /// The first `len` bytes.
    pub fn bytes(self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }

    /// `len` bytes of text, in characters of one to four bytes. The last character may be cut.
    pub fn text(self, len: usize) -> Vec<u8> {
        const CHARACTERS: [&str; 8] = ["a", "Z", "~", "é", "ß", "€", "語", "🔑"];
        let pick = |at: usize| CHARACTERS[usize::from(self.byte(at)) % CHARACTERS.len()].bytes();
        (0..).flat_map(pick).take(len).collect()
    }

    /// Whether `seen` is this content from its start on.
    ///
    /// # Errors
    /// How it differs, in words.
    pub fn check(self, seen: &[u8]) -> Result<(), String> {
        same(seen, |at| self.byte(at))
    }
}

/// Whether each byte of `seen` is what `expected` says for its place.
///
/// # Errors
/// How it differs, in words that tell wiped memory, a part of another content and garbage apart.
pub(crate) fn same(seen: &[u8], expected: impl Fn(usize) -> u8) -> Result<(), String> {
    let differs = |&(at, &byte): &(usize, &u8)| byte != expected(at);
    let Some((first, &byte)) = seen.iter().enumerate().find(differs) else { return Ok(()) };
    let wrong = seen.iter().enumerate().filter(differs).count();
    let zeros = seen.iter().enumerate().filter(differs).filter(|(_, byte)| **byte == 0).count();
    let (len, wanted) = (seen.len(), expected(first));
    Err(format!(
        "{wrong} of {len} bytes differ, {zeros} of them are zero; \
         the first is byte {first}: {byte:#04x} instead of {wanted:#04x}"
    ))
}

/// The finaliser of splitmix64 (Steele, Lea and Flood, 2014): every bit of the input changes every bit of the output.
fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
