//! Decodes numbers and lists from a fuzzer's bytes. They take few bytes, and every input is valid.

use super::choices::EDGES;
use arbitrary::{Arbitrary, Result, Unstructured};

/// A length, from one byte. Most are small, the others are at an edge.
pub(super) fn length(input: &mut Unstructured<'_>) -> Result<u16> {
    const SMALL: u8 = 192;
    let byte = u8::arbitrary(input)?;
    let edge = || EDGES[usize::from(byte - SMALL) % EDGES.len()] as u16;
    Ok(if byte < SMALL { byte.into() } else { edge() })
}

/// A number below 16.
pub(super) fn small(input: &mut Unstructured<'_>) -> Result<u8> {
    Ok(u8::arbitrary(input)? % 16)
}

/// A list. One byte gives its length, modulo `end`. The end of the input also ends the list.
pub(super) fn list<'b, T>(
    input: &mut Unstructured<'b>,
    end: u8,
    mut next: impl FnMut(&mut Unstructured<'b>) -> Result<T>,
) -> Result<Vec<T>> {
    let wanted = u8::arbitrary(input)? % end;
    let mut list = Vec::new();
    for _ in 0..wanted {
        if input.is_empty() {
            break;
        }
        list.push(next(input)?);
    }
    Ok(list)
}
