//! What STREAM guards: the chunks of a stream in order. The first chunk may be open and read in part.

use crate::core::Moment;
use crate::{Buffer, Enclave};
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

/// The chunks. Every step is O(1), neither allocates nor frees, and calls nothing that waits or logs.
#[derive(Debug)]
pub(super) struct Queue {
    chunks: VecDeque<Chunk>,
    /// The number of the first chunk. It shows a reader whether the chunk it worked on is still the first. A chunk that
    /// comes back has a new number.
    first: u64,
    /// Bytes not yet read.
    len: usize,
    /// How many chunks are lent. There is room for them in `chunks`, so that they can come back.
    lent: usize,
    /// How often everything was taken out. What was lent before does not come back.
    cleared: u64,
}

/// A chunk that its reader takes out for now, and [`ends`](Queue::end) with what is left of it.
#[derive(Debug)]
pub(super) struct Lent {
    /// What was not read of it.
    pub(super) range: Range<usize>,
    cleared: u64,
}

/// A chunk as it was written.
#[derive(Debug)]
pub(super) struct Sealed {
    enclave: Arc<Enclave>,
    sealed_at: Moment,
}

impl Sealed {
    /// This is taken after the chunk was sealed. So a purge since then has destroyed it.
    pub(super) fn now(enclave: Enclave, sealed_at: Moment) -> Self {
        Self { enclave: Arc::new(enclave), sealed_at }
    }

    pub(super) fn len(&self) -> usize {
        self.enclave.len()
    }
}

#[derive(Debug)]
pub(super) enum Chunk {
    Sealed(Sealed),
    /// Opened by a reader. It stays open until it is read, so that no rest is sealed a second time.
    Open {
        buffer: Arc<Buffer>,
        len: usize,
        read: usize,
    },
}

impl Chunk {
    /// How many bytes of it were not read.
    fn rest(&self) -> usize {
        match self {
            Self::Sealed(sealed) => sealed.len(),
            Self::Open { len, read, .. } => len - read,
        }
    }
}

/// What the next reader has to do.
#[derive(Debug)]
pub(super) enum Front {
    Nothing,
    /// Open the chunk and [`put it in place`](Queue::put_open).
    Open {
        number: u64,
        enclave: Arc<Enclave>,
    },
    /// Enter the chunk, [`claim`](Queue::claim) bytes of it and copy them.
    Enter {
        number: u64,
        buffer: Arc<Buffer>,
    },
}

/// The rest of the first chunk, for a caller that wants all of it.
#[derive(Debug)]
pub(super) enum Rest {
    Nothing,
    Sealed { number: u64, enclave: Arc<Enclave> },
    Open { number: u64, buffer: Arc<Buffer>, range: Range<usize> },
}

/// With room for a few chunks.
impl Default for Queue {
    fn default() -> Self {
        Self { chunks: VecDeque::with_capacity(4), first: 0, len: 0, lent: 0, cleared: 0 }
    }
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends chunks, `len` bytes in all. If that needs more memory, the queue moves to `room`. If `room` is too
    /// small, appends nothing and returns how large it must be.
    pub(super) fn push(
        &mut self,
        sealed: &mut Vec<Sealed>,
        len: usize,
        room: &mut VecDeque<Chunk>,
    ) -> Result<(), usize> {
        let count = self.chunks.len() + self.lent + sealed.len();
        if self.chunks.capacity() < count {
            if room.capacity() < count {
                return Err(count.max(2 * self.chunks.len()));
            }
            room.append(&mut self.chunks);
            mem::swap(room, &mut self.chunks);
        }
        self.chunks.extend(sealed.drain(..).map(Chunk::Sealed));
        self.len += len;
        Ok(())
    }

    /// What the next reader has to do. Takes nothing.
    pub(super) fn front(&self) -> Front {
        let number = self.first;
        match self.chunks.front() {
            None => Front::Nothing,
            Some(Chunk::Sealed(sealed)) => Front::Open { number, enclave: Arc::clone(&sealed.enclave) },
            Some(Chunk::Open { buffer, .. }) => Front::Enter { number, buffer: Arc::clone(buffer) },
        }
    }

    /// Gives the caller, who is inside this chunk, its next bytes, at most `wanted`. No other reader gets them. `None`
    /// if other readers have taken the last of them.
    pub(super) fn claim(&mut self, number: u64, wanted: usize) -> Option<Range<usize>> {
        let Some(Chunk::Open { len, read, .. }) = self.chunks.front_mut().filter(|_| number == self.first) else {
            return None;
        };
        let end = read.saturating_add(wanted).min(*len);
        let range = mem::replace(read, end)..end;
        let done = end == *len;
        self.len -= range.len();
        if done {
            // Not the last reference: the caller has one.
            self.first += 1;
            self.chunks.pop_front();
        }
        Some(range)
    }

    /// Takes this chunk out for the caller, who holds it. `None` if other readers have taken the last of it.
    pub(super) fn lend(&mut self, number: u64) -> Option<Lent> {
        let range = self.claim(number, usize::MAX)?;
        // `claim` has taken the chunk out, so there is room for it.
        self.lent += 1;
        Some(Lent { range, cleared: self.cleared })
    }

    /// Ends a loan. What was not read, from `read` on, is the first chunk again. Returns its number, or the chunk if
    /// there is nothing to put back: all of it was read, or the stream was cleared. The caller drops it after it has
    /// released STREAM.
    pub(super) fn end(&mut self, lent: &Lent, buffer: Arc<Buffer>, read: usize) -> Result<u64, impl Sized + use<>> {
        if lent.cleared != self.cleared {
            return Err(buffer);
        }
        self.lent -= 1;
        let len = lent.range.end;
        if read == len {
            return Err(buffer);
        }
        self.chunks.push_front(Chunk::Open { buffer, len, read });
        self.first += 1;
        self.len += len - read;
        Ok(self.first)
    }

    /// Puts the opened chunk in place of the sealed one, unless another reader did so before. Returns the sealed one.
    /// The caller drops it after it has released STREAM.
    pub(super) fn put_open(&mut self, number: u64, opened: &Arc<Buffer>) -> Option<impl Sized + use<>> {
        let chunk = self.chunks.front_mut().filter(|_| number == self.first)?;
        let Chunk::Sealed(sealed) = chunk else { return None };
        let len = sealed.len();
        Some(mem::replace(chunk, Chunk::Open { buffer: Arc::clone(opened), len, read: 0 }))
    }

    /// What is left of the first chunk. Takes nothing.
    pub(super) fn rest(&self) -> Rest {
        let number = self.first;
        match self.chunks.front() {
            None => Rest::Nothing,
            Some(Chunk::Sealed(sealed)) => Rest::Sealed { number, enclave: Arc::clone(&sealed.enclave) },
            Some(Chunk::Open { buffer, len, read, .. }) => {
                Rest::Open { number, buffer: Arc::clone(buffer), range: *read..*len }
            }
        }
    }

    /// Takes the first chunk out, if it is this one with exactly `rest` bytes unread. The caller drops it after it has
    /// released STREAM.
    pub(super) fn take(&mut self, number: u64, rest: usize) -> Option<impl Sized + use<>> {
        if number != self.first || self.chunks.front()?.rest() != rest {
            return None;
        }
        self.len -= rest;
        self.first += 1;
        self.chunks.pop_front()
    }

    /// Moves to `lost` what purges destroyed: the first chunk, if it is still this one, and those behind it that were
    /// sealed before a purge. Returns how many, and takes none if `lost` has no room for them. The caller drops them
    /// after it has released STREAM.
    pub(super) fn take_lost(
        &mut self,
        number: u64,
        purged_since: &dyn Fn(&Moment) -> bool,
        lost: &mut Vec<Chunk>,
    ) -> usize {
        if number != self.first || self.chunks.is_empty() {
            return 0;
        }
        let is_lost = |chunk: &&Chunk| match chunk {
            Chunk::Sealed(sealed) => purged_since(&sealed.sealed_at),
            // It was lent, and came back in front of another one.
            Chunk::Open { buffer, .. } => !buffer.is_alive(),
        };
        let count = 1 + self.chunks.iter().skip(1).take_while(is_lost).count();
        if count <= lost.capacity() {
            lost.extend(self.chunks.drain(..count));
            self.len -= lost.iter().map(Chunk::rest).sum::<usize>();
            self.first += count as u64;
        }
        count
    }

    /// Takes all chunks out. The caller drops them after it has released STREAM.
    pub(super) fn take_all(&mut self) -> impl Sized + use<> {
        self.len = 0;
        self.lent = 0;
        self.cleared += 1;
        self.first += self.chunks.len() as u64;
        mem::take(&mut self.chunks)
    }
}
