//! The kinds of page that secrets lie on.

pub(super) mod dense;
pub(super) mod packed;
pub(super) mod shelf;
