//! How numbers and lists are decoded from a fuzzer's bytes: in few bytes, and so that every input means something.

use super::choices::EDGES;
use arbitrary::{Arbitrary, Result, Unstructured};

/// A length, of one byte: mostly small, else at an edge.
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

/// A list. One byte says how long it is, modulo `end`. The end of the input ends it too.
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
