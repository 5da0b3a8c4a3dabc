//! Bytes that name their own content, for buffers that several threads write.

use super::Content;

/// The length of the name, in bytes.
const NAME: usize = size_of::<u64>();

/// Writes the id and, behind it, the content of that id.
///
/// A later reader can tell whether the bytes are one whole write, without knowing which thread wrote them. Parts of two
/// writes, zeros and garbage do not pass [`check`].
///
/// ```
/// use memguard_stress::ops::tagged;
/// let mut bytes = [0; 64];
/// assert!(tagged::check(7, &bytes).is_err());
/// tagged::write(7, 1, &mut bytes);
/// assert_eq!(tagged::check(7, &bytes), Ok(1));
/// bytes[32..].fill(9);
/// assert!(tagged::check(7, &bytes).is_err());
/// ```
pub fn write(seed: u64, id: u64, out: &mut [u8]) {
    let (name, body) = out.split_at_mut(NAME.min(out.len()));
    name.copy_from_slice(&id.to_le_bytes()[..name.len()]);
    Content::new(seed, id).fill(body);
}

/// The id of the write that left these bytes.
///
/// # Errors
/// How they differ from a whole write, in words.
pub fn check(seed: u64, seen: &[u8]) -> Result<u64, String> {
    let (name, body) = seen.split_first_chunk::<NAME>().ok_or("too short for a tag")?;
    let id = u64::from_le_bytes(*name);
    Content::new(seed, id).check(body).map_err(|how| format!("not one whole write (named {id:#x}): {how}"))?;
    Ok(id)
}
