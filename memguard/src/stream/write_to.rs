//! Writing a stream elsewhere, straight from the pages of its chunks.

use super::Stream;
use super::queue::{Front, Lent};
use crate::sync::{OnDrop, Site, impl_drop};
use crate::{Buffer, Error, Reader};
use std::io::{self, Write};
use std::sync::Arc;

impl Stream {
    /// Reads everything and writes it to `writer`, straight from the pages of the chunks. Returns how many bytes that
    /// is. It leaves no copy of them, as [`io::copy`] would. What `writer` does with them is its own affair.
    ///
    /// One chunk at a time is open, in a read access of this thread. `writer` may call anything in this crate. Other
    /// threads may write and read meanwhile; they get other bytes. The call does not wait for what is written later.
    ///
    /// What `writer` has not taken when the call ends early goes back to the front of the stream. So the next read goes
    /// on with the byte behind the last one that `writer` took. The same holds if `writer` panics. Bytes that other
    /// threads have read in the meantime came behind it. [`clear`](Self::clear) drops it too.
    ///
    /// # Errors
    /// As [`Enclave::open`](crate::Enclave::open), and the errors of `writer`, except that it is called again after
    /// [`Interrupted`](io::ErrorKind::Interrupted). [`WriteZero`](io::ErrorKind::WriteZero) if it takes no byte.
    /// [`InvalidData`](io::ErrorKind::InvalidData) if it claims to have taken more than it was given.
    /// [`Error::Destroyed`] inside if a purge comes before all is written. It ends the call before the next write, and
    /// what it destroyed is gone.
    ///
    /// ```
    /// let stream = memguard::Stream::new()?;
    /// stream.move_from(&mut [1, 2, 3])?;
    /// let part = memguard::Buffer::new(2)?;
    /// assert!(stream.write_to(&mut &mut part.write()?[..]).is_err(), "it is full");
    /// assert!(part.equals(&[1, 2])? && stream.len() == 1);
    ///
    /// let rest = memguard::Buffer::new(1)?;
    /// assert_eq!(stream.write_to(&mut &mut rest.write()?[..])?, 1);
    /// assert!(rest.equals(&[3])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_to(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let _door = self.core.door();
        self.core.check_process()?;
        // A writer may write to this stream. It is not given what it wrote.
        let (len, mut written) = (self.len() as u64, 0);
        while written < len {
            let front = self.queue(Site::StreamFront).front();
            match front {
                Front::Nothing => break,
                Front::Open { number, enclave } => self.open(number, &enclave)?,
                Front::Enter { number, buffer } => written += self.write_chunk(number, &buffer, writer)?,
            }
        }
        Ok(written)
    }

    /// Writes the rest of this chunk, and returns how many bytes. 0 if other readers have taken it, or have the error.
    fn write_chunk(&self, number: u64, buffer: &Arc<Buffer>, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        let Some(lent) = self.queue(Site::StreamFront).lend(number) else { return Ok(0) };
        let reader = buffer.reader_at(lent.range.start as u64);
        let mut loan = Loan { stream: self, buffer, lent: Some(lent), reader };
        let result = loan.reader.write_to(writer);
        let number = loan.end();
        self.core.check_process()?;
        match (result, number) {
            // A purge destroyed it, and perhaps what is behind it. One call says so.
            (Err(_), Some(number)) if !buffer.is_alive() => {
                self.missed(number, Error::Destroyed)?;
                Ok(0)
            }
            (result, _) => result,
        }
    }
}

/// A chunk that is being written. What was not written of it goes back when this is dropped, even by a panic.
struct Loan<'s> {
    stream: &'s Stream,
    buffer: &'s Arc<Buffer>,
    lent: Option<Lent>,
    reader: Reader<'s>,
}

impl Loan<'_> {
    /// Ends it. Returns the number of what went back.
    fn end(&mut self) -> Option<u64> {
        // A forked child has a copy of the queue, which it does not touch.
        let lent = self.lent.take().filter(|_| self.stream.core.is_here())?;
        let read = usize::try_from(self.reader.position()).unwrap_or(lent.range.end);
        let ended = self.stream.queue(Site::StreamPush).end(&lent, Arc::clone(self.buffer), read);
        ended.ok()
    }
}

impl OnDrop for Loan<'_> {
    fn on_drop(&mut self) {
        self.end();
    }
}

impl_drop!(Loan<'_>);
