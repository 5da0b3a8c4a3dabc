//! A slab of nodes with stable indices, whose growth can fail without aborting.

use crate::core::node::Node;
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Slab {
    entries: Vec<Entry>,
    /// The first vacant entry, if any.
    first_vacant: Option<usize>,
    len: usize,
}

#[derive(Debug)]
enum Entry {
    Full(Arc<Node>),
    /// The next vacant entry.
    Vacant(Option<usize>),
}

impl Slab {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// An index to [`fill`](Self::fill) or [`give_back`](Self::give_back), or `None` if there is no memory for it.
    pub(super) fn vacancy(&mut self) -> Option<usize> {
        if let Some(index) = self.first_vacant
            && let Some(Entry::Vacant(next)) = self.entries.get(index)
        {
            self.first_vacant = *next;
            return Some(index);
        }
        self.entries.try_reserve(1).ok()?;
        self.entries.push(Entry::Vacant(None));
        Some(self.entries.len() - 1)
    }

    pub(super) fn fill(&mut self, index: usize, node: Arc<Node>) {
        if let Some(entry) = self.entries.get_mut(index) {
            *entry = Entry::Full(node);
            self.len += 1;
        }
    }

    pub(super) fn give_back(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            *entry = Entry::Vacant(self.first_vacant);
            self.first_vacant = Some(index);
        }
    }

    /// Empties the entry, if this very node is in it. After a purge another node may have the index.
    pub(super) fn remove(&mut self, index: usize, node: &Arc<Node>) {
        if matches!(self.entries.get(index), Some(Entry::Full(there)) if Arc::ptr_eq(there, node)) {
            self.give_back(index);
            self.len -= 1;
        }
    }

    pub(super) fn into_nodes(self) -> impl Iterator<Item = Arc<Node>> {
        self.entries.into_iter().filter_map(|entry| match entry {
            Entry::Full(node) => Some(node),
            Entry::Vacant(_) => None,
        })
    }
}
