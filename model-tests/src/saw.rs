//! What a model saw happen. A model whose interesting branch never ran proves nothing, so each model names its
//! branches.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Outside loom, because it is no part of the model.
static SEEN: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// Notes an event of the running model. The model must have announced it with [`Model::sees`](crate::Model::sees).
pub fn saw(what: &'static str) {
    *SEEN.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
}

/// The events noted since the last call.
pub(crate) fn take() -> BTreeMap<&'static str, u64> {
    std::mem::take(&mut *SEEN.lock().unwrap_or_else(PoisonError::into_inner))
}
