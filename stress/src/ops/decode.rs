//! How numbers and lists are decoded from a fuzzer's bytes: short, and so that many inputs mean something.

use super::choices::EDGES;
use super::{Op, Step};
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

/// At most three operations.
pub(super) fn few_ops(input: &mut Unstructured<'_>) -> Result<Vec<Op>> {
    list(input, 4, Op::arbitrary)
}

/// As many steps as the rest of the input makes. Every other program starts threads, now and then.
pub(super) fn steps(input: &mut Unstructured<'_>) -> Result<Vec<Step>> {
    let concurrent = bool::arbitrary(input)?;
    let mut steps = Vec::new();
    while !input.is_empty() {
        let spawned = if concurrent { u8::arbitrary(input)? % 16 } else { 0 };
        steps.push(match spawned {
            0..12 => Step::Do(Op::arbitrary(input)?),
            12..15 => Step::Spawn(list(input, 16, Op::arbitrary)?),
            _ => Step::Join,
        });
    }
    Ok(steps)
}

/// Fewer than `end`, as one byte says, and none after the end of the input.
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
