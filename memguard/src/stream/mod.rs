//! Streams: encrypted queues of bytes.

mod io;
mod queue;
#[cfg(test)]
mod tests;
mod write_to;

use crate::core::Core;
use crate::sync::{Class, Mutex, MutexGuard, OnDrop, Poisoned, ShardArc, Site, impl_drop};
use crate::{Buffer, Enclave, Error, Limit, ReadError, Result, WriteGuard, clear, global};
use queue::{Chunk, Front, Queue, Rest, Sealed};
use std::collections::VecDeque;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use zeroize::Zeroize;

/// A queue of bytes that are encrypted while they wait. What is written first is read first.
///
/// A stream implements [`Read`](std::io::Read) and [`Write`](std::io::Write), also for `&Stream`, so that threads can
/// share it. Written bytes are cut into chunks of the session's [`stream_chunk`](crate::SessionBuilder::stream_chunk)
/// size, and each chunk is sealed as an [`Enclave`]. A chunk that is read in part stays open in locked pages until its
/// rest is read. Writing, reading and draining take time in proportion to the bytes.
///
/// Each `read` gets bytes that follow one another, and no other reader gets them. Each write stays in one piece, up to
/// the chunks that it could seal. [`Write::flush`](std::io::Write::flush) does nothing, because no written byte is held
/// back. [`drain`](Self::drain) reads everything.
///
/// A purge of the session destroys what the stream holds. The next read answers
/// [`Error::KeyGone`](crate::Error::KeyGone) or [`Error::Destroyed`](crate::Error::Destroyed) once, and drops what is
/// lost. Later reads go on with what was written after the purge.
///
/// There is no `BufRead`, because it would lend out bytes of a queue from which other threads may take.
/// [`next`](Self::next) gives a chunk as a [`Buffer`], whose [`write_to`](crate::Reader::write_to) writes it elsewhere
/// without a copy.
///
/// Dropping a stream wipes the chunk that is open. The other chunks are ciphertext and are not wiped, so a stream is
/// not `ZeroizeOnDrop`.
///
/// ```
/// use std::io::{Read, Write};
/// let mut stream = memguard::Stream::new()?;
/// stream.write_all(b"first, ")?;
/// stream.write_all(b"second")?;
/// let mut out = [0; 5];
/// stream.read_exact(&mut out)?;
/// assert_eq!((&out, stream.len()), (b"first", 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stream {
    core: ShardArc<Core>,
    /// A forked child does not touch it: a thread of the parent may have been changing it.
    queue: ManuallyDrop<Mutex<Queue>>,
}

// No code of the user runs under STREAM, and no step of the queue panics.
impl UnwindSafe for Stream {}
impl RefUnwindSafe for Stream {}

impl Stream {
    /// An empty stream in the default session.
    ///
    /// # Errors
    /// As [`session`](crate::session()).
    ///
    /// ```
    /// assert!(memguard::Stream::new()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn new() -> Result<Self> {
        global::session()?.stream()
    }

    pub(crate) fn create(core: &ShardArc<Core>) -> Result<Self> {
        core.check_running()?;
        let queue = ManuallyDrop::new(Mutex::new(Class::Stream, Queue::default()));
        Ok(Self { core: core.clone(), queue })
    }

    /// Appends all of `source` and wipes it. On an error, appends nothing.
    ///
    /// # Errors
    /// As [`Enclave::new`], except that an empty `source` is fine. `source` is then unchanged.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// let mut source = *b"secret";
    /// stream.move_from(&mut source)?;
    /// assert_eq!((source, stream.len()), ([0; 6], 6));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn move_from(&self, source: &mut [u8]) -> Result<()> {
        let _door = self.core.door();
        let (sealed, refused) = self.seal(source);
        refused.map_or(Ok(()), Err)?;
        self.push(sealed)?;
        source.zeroize();
        Ok(())
    }

    /// Appends `source`, or as many chunks of it as could be sealed, and returns how many bytes that is.
    fn append(&self, source: &[u8]) -> Result<usize> {
        let _door = self.core.door();
        let (sealed, refused) = self.seal(source);
        match (self.push(sealed)?, refused) {
            (0, Some(error)) => Err(error),
            (len, _) => Ok(len),
        }
    }

    /// The chunks of `source`, and the error that ended them early.
    fn seal(&self, source: &[u8]) -> (Vec<Sealed>, Option<Error>) {
        let mut sealed = Vec::new();
        for chunk in source.chunks(self.core.stream_chunk()) {
            let room = sealed.try_reserve(1).map_err(|_| Limit::Memory { wanted: chunk.len() }.into());
            match room.and_then(|()| Enclave::seal(&self.core, chunk, &[])) {
                Ok(enclave) => sealed.push(Sealed::now(enclave, self.core.registry.moment())),
                Err(error) => return (sealed, Some(error)),
            }
        }
        (sealed, None)
    }

    /// On an error, appends nothing.
    fn push(&self, mut sealed: Vec<Sealed>) -> Result<usize> {
        let len = sealed.iter().map(Sealed::len).sum();
        if len == 0 {
            return Ok(0);
        }
        let mut room = VecDeque::new();
        loop {
            let pushed = self.queue(Site::StreamPush).push(&mut sealed, len, &mut room);
            let Err(wanted) = pushed else { return Ok(len) };
            room.try_reserve_exact(wanted).map_err(|_| Limit::Memory { wanted: len })?;
        }
    }

    /// What to do when a chunk could not be had. If a purge destroyed it, drops it with all that purges destroyed. `Ok`
    /// if another reader has done so and has the error: the caller goes on with the next chunk.
    fn missed(&self, number: u64, error: Error) -> Result<()> {
        if !matches!(error, Error::KeyGone | Error::Destroyed) {
            return Err(error);
        }
        let purged_since = |sealed_at: &_| self.core.registry.purged_since(sealed_at);
        let (mut lost, mut count) = (Vec::new(), 1);
        while count > lost.len() {
            let wanted = count * size_of::<Chunk>();
            lost.try_reserve(count).map_err(|_| Limit::Memory { wanted })?;
            count = self.queue(Site::StreamTake).take_lost(number, &purged_since, &mut lost);
        }
        if count > 0 { Err(error) } else { Ok(()) }
    }

    /// Reads into `out` from the first chunk, and returns how many bytes. 0 means that the stream, or `out`, is empty.
    ///
    /// The plain text goes from locked pages to `out`, and nowhere else. If `out` is the bytes of a [`Buffer::write`],
    /// it stays in locked pages.
    ///
    /// # Errors
    /// As [`Enclave::open`]. The bytes stay in the stream, unless a purge destroyed them.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2, 3])?;
    /// let buffer = memguard::Buffer::new(2)?;
    /// assert_eq!(stream.read_into(&mut buffer.write()?)?, 2);
    /// assert!(buffer.equals(&[1, 2])?);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn read_into(&self, out: &mut [u8]) -> Result<usize> {
        let _door = self.core.door();
        self.core.check_process()?;
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            // STREAM is released before anything else is called: opening, copying and dropping take locks.
            let front = self.queue(Site::StreamFront).front();
            match front {
                Front::Nothing => return Ok(0),
                Front::Open { number, enclave } => self.open(number, &enclave)?,
                // Entering can fail, so bytes are claimed only afterwards. So an error takes no bytes.
                Front::Enter { number, buffer } => {
                    let bytes = match buffer.read() {
                        Ok(bytes) => bytes,
                        Err(error) => {
                            self.missed(number, error)?;
                            continue;
                        }
                    };
                    let claimed = self.queue(Site::StreamFront).claim(number, out.len());
                    if let Some(range) = claimed {
                        let len = range.len();
                        clear::copy(&bytes[range], out);
                        return Ok(len);
                    }
                }
            }
        }
    }

    /// Opens the first chunk for its readers.
    fn open(&self, number: u64, enclave: &Enclave) -> Result<()> {
        match enclave.open() {
            Ok(opened) => {
                let opened = Arc::new(opened);
                let sealed = self.queue(Site::StreamOpened).put_open(number, &opened);
                drop(sealed);
                Ok(())
            }
            Err(error) => self.missed(number, error),
        }
    }

    /// Takes the rest of the first chunk out, as a frozen buffer; `None` if the stream is empty.
    ///
    /// # Errors
    /// As [`Enclave::open`]. The bytes stay in the stream, unless a purge destroyed them.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2, 3])?;
    /// assert!(stream.next()?.is_some_and(|chunk| chunk.equals(&[1, 2, 3]) == Ok(true)));
    /// assert!(stream.next()?.is_none());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn next(&self) -> Result<Option<Buffer>> {
        let _door = self.core.door();
        self.core.check_process()?;
        loop {
            let rest = self.queue(Site::StreamRest).rest();
            let (number, chunk) = match rest {
                Rest::Nothing => return Ok(None),
                Rest::Sealed { number, enclave } => (number, enclave.open()),
                Rest::Open { number, buffer, range } => (number, buffer.copy_of(range)),
            };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    self.missed(number, error)?;
                    continue;
                }
            };
            // No rest has length 0. A chunk that was purged in between has, so it is not taken, and the next round
            // finds the error.
            let len = chunk.len();
            let taken = self.queue(Site::StreamTake).take(number, len);
            if taken.is_some() {
                return Ok(Some(chunk));
            }
        }
    }

    /// Reads everything into one frozen buffer; `None` if the stream is empty. Other threads may write and read
    /// meanwhile. The call does not wait for what is written later.
    ///
    /// # Errors
    /// Nothing is read if there is no locked memory for all of it. A later error ends the read. Then the error carries
    /// the bytes before it, and the others stay in the stream, unless a purge destroyed them.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2])?;
    /// stream.move_from(&mut [3])?;
    /// assert!(stream.drain().unwrap().is_some_and(|all| all.equals(&[1, 2, 3]) == Ok(true)));
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn drain(&self) -> Result<Option<Buffer>, ReadError> {
        let _door = self.core.door();
        let len = self.len();
        if len == 0 {
            return self.core.check_process().map(|()| None).map_err(ReadError::from);
        }
        let all = Buffer::create(&self.core, len)?;
        let (read, ended) = self.read_all_into(&all)?;
        // If other threads were reading or an error came, the bytes behind `read` are still zero.
        all.node.truncate(read);
        // A buffer that cannot be frozen is handed out too, because the bytes are nowhere else any more.
        let ended = ended.and_then(|()| all.freeze_new(self.core.freezing()));
        let part = (read > 0).then_some(all);
        match ended {
            Ok(()) => Ok(part),
            Err(error) => Err(ReadError { part, read, cause: error.into() }),
        }
    }

    /// Reads until the buffer is full or there is nothing more. Returns how much that was, and the error that ended it
    /// early. A function of its own, because it goes deep, and a small stack has no room for the frame of its caller.
    fn read_all_into(&self, all: &Buffer) -> Result<(usize, Result<()>)> {
        // Of its own for the same reason.
        fn enter(all: &Buffer) -> Result<WriteGuard<'_>> {
            all.enter_to_write(Site::BufferFill)
        }
        let mut bytes = enter(all)?;
        let mut read = 0;
        loop {
            match self.read_into(&mut bytes[read..]) {
                Ok(0) => return Ok((read, Ok(()))),
                Ok(more) => read += more,
                Err(error) => return Ok((read, Err(error))),
            }
        }
    }

    /// Drops everything that was not read.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2, 3])?;
    /// stream.clear()?;
    /// assert!(stream.next()?.is_none());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Forked`](crate::Error::Forked) in a child that inherited the stream.
    pub fn clear(&self) -> Result<()> {
        let _door = self.core.door();
        self.core.check_process()?;
        let chunks = self.queue(Site::StreamClear).take_all();
        drop(chunks);
        Ok(())
    }

    /// How many bytes wait to be read. Bytes that a purge destroyed count until a read has said so. 0 in a child that
    /// inherited the stream.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2, 3])?;
    /// assert_eq!(stream.len(), 3);
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        if self.core.is_here() { self.queue(Site::StreamLen).len() } else { 0 }
    }

    /// Whether no byte waits to be read.
    ///
    /// ```
    /// assert!(memguard::Stream::new()?.is_empty());
    /// # Ok::<(), memguard::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The queue's steps do not panic, so the data behind a poisoned lock is whole.
    fn queue(&self, site: Site) -> MutexGuard<'_, Queue> {
        self.queue.lock(site).unwrap_or_else(Poisoned::into_inner)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl OnDrop for Stream {
    fn on_drop(&mut self) {
        if self.core.is_here() {
            // SAFETY: dropped once, here, and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.queue) }
        }
    }
}

impl_drop!(Stream);
