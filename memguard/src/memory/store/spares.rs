//! Spares: a few single pages in front of the lists, which the threads of one shard take and bring back. So threads
//! that come and go with one secret at a time do not meet at the lists.

use super::kind::Piece;

/// How many pieces there is room for at the most.
const ROOM: usize = 4;

/// The spares of one shard. A lock of the class POOL guards them. Every step is O(1), reads no byte of the pages, and
/// neither allocates nor frees.
#[derive(Debug)]
pub(super) struct Spares {
    pieces: [Option<Piece>; ROOM],
    len: usize,
    /// How many are kept.
    room: usize,
}

impl Spares {
    pub(super) fn new(room: usize) -> Self {
        Self { pieces: Default::default(), len: 0, room: room.min(ROOM) }
    }

    #[inline]
    pub(super) fn take(&mut self) -> Option<Piece> {
        self.len = self.len.checked_sub(1)?;
        self.pieces[self.len].take()
    }

    /// Keeps a mapping of one page. Returns what is not kept.
    #[inline]
    pub(super) fn put(&mut self, piece: Piece) -> Option<Piece> {
        if self.len == self.room {
            return Some(piece);
        }
        self.pieces[self.len] = Some(piece);
        self.len += 1;
        None
    }

    /// Takes all out. From now on nothing is kept.
    pub(super) fn close(&mut self) -> [Option<Piece>; ROOM] {
        self.room = 0;
        self.take_all()
    }

    pub(super) fn take_all(&mut self) -> [Option<Piece>; ROOM] {
        self.len = 0;
        std::mem::take(&mut self.pieces)
    }
}
