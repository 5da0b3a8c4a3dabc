//! An actor's streams, compared with a queue of chunks.

use super::check::{AllowedErrors, Answer, exact, library_error, source_is_wiped_or_kept};
use super::state::Actor;
use crate::ops::content::same;
use crate::ops::model::{Chunk, Contents, OwnStream};
use crate::ops::parts::StreamCall;
use crate::{Guarantee, Violation};
use memguard::{Buffer, Error, ReadCause};
use std::collections::VecDeque;
use std::io::Write;

impl Actor<'_> {
    pub(super) fn use_stream(&mut self, at: usize, by: StreamCall) -> Result<(), Violation> {
        let mut queued = match self.streams[at].take() {
            Some(queued) => queued,
            None => {
                let Some(session) = self.session.clone() else { return Ok(()) };
                let got = self.check("Session::stream", session.stream(), None, AllowedErrors::CREATE)?;
                let Answer::Done(stream) = got else { return Ok(()) };
                OwnStream { stream, chunks: VecDeque::new() }
            }
        };
        for chunk in &mut queued.chunks {
            chunk.dead |= self.environment.purged_since(chunk.born);
        }
        match by {
            StreamCall::Write(len) => self.append(&mut queued, self.some_chunks(len))?,
            StreamCall::Move(len) => self.move_into(&mut queued, self.some_chunks(len))?,
            StreamCall::Read(len) => self.read_queue(&mut queued, len.into())?,
            StreamCall::Next => self.next_chunk(&mut queued)?,
            StreamCall::Drain => self.drain(&mut queued)?,
            StreamCall::Clear => self.clear(&mut queued)?,
            StreamCall::Len => {}
            StreamCall::Drop => return Ok(()),
        }
        let wanted = queued.len();
        let told = (queued.stream.len(), queued.stream.is_empty());
        self.streams[at] = Some(queued);
        Violation::unless(told == (wanted, wanted == 0), Guarantee::Exact, || {
            format!("len and is_empty of a stream are {told:?} with {wanted} bytes in it")
        })
    }

    /// This length, or that of 16 chunks if it is more. Sealing more would take long.
    fn some_chunks(&self, len: u16) -> usize {
        usize::from(len).min(16 * self.stream_chunk)
    }

    fn append(&mut self, queued: &mut OwnStream, len: usize) -> Result<(), Violation> {
        let bytes = self.next_content().bytes(len);
        let got = (&queued.stream).write(&bytes).map_err(library_error);
        if let Answer::Done(written) = self.check("Stream::write", got, None, AllowedErrors::SEAL)? {
            let whole_chunks = written % self.stream_chunk == 0 && written > 0;
            let right = written == len || written < len && whole_chunks && self.may_be_interrupted();
            Violation::unless(right, Guarantee::Exact, || format!("{written} of {len} bytes were written"))?;
            if written < len && self.waits_expire {
                self.tally.may_have_timed_out();
            }
            self.push(queued, &bytes[..written]);
        }
        Ok(())
    }

    fn move_into(&mut self, queued: &mut OwnStream, len: usize) -> Result<(), Violation> {
        let bytes = self.next_content().bytes(len);
        let mut source = bytes.clone();
        let got = queued.stream.move_from(&mut source);
        source_is_wiped_or_kept(&bytes, &source, got.is_ok())?;
        if let Answer::Done(()) = self.check("Stream::move_from", got, None, AllowedErrors::SEAL)? {
            self.push(queued, &bytes);
        }
        Ok(())
    }

    fn push(&self, queued: &mut OwnStream, bytes: &[u8]) {
        let born = self.environment.purges_begun();
        let chunk = |bytes: &[u8]| Chunk { rest: bytes.to_vec(), open: Some(false), dead: false, born };
        queued.chunks.extend(bytes.chunks(self.stream_chunk).map(chunk));
    }

    fn read_queue(&mut self, queued: &mut OwnStream, len: usize) -> Result<(), Violation> {
        let mut out = vec![0; len];
        let got = queued.stream.read_into(&mut out);
        let wanted = if len == 0 { None } else { queued.refusal(got.as_ref().err()) };
        match self.check("Stream::read_into", got, wanted, AllowedErrors::OPEN)? {
            Answer::Done(read) => {
                let rest = queued.chunks.front().map_or(0, |chunk| chunk.rest.len());
                Violation::unless(read == rest.min(len), Guarantee::Exact, || {
                    format!("{read} bytes were read, with room for {len} and {rest} in the chunk")
                })?;
                queued.consume(&out[..read])
            }
            Answer::Purged => self.clear(queued),
            Answer::Limited => {
                queued.perhaps_open();
                Ok(())
            }
            Answer::Refused => self.lost(queued),
        }
    }

    fn next_chunk(&mut self, queued: &mut OwnStream) -> Result<(), Violation> {
        let got = queued.stream.next();
        let wanted = queued.refusal(got.as_ref().err());
        match self.check("Stream::next", got, wanted, AllowedErrors::OPEN)? {
            Answer::Done(Some(chunk)) => self.handed_out(queued, chunk, 1),
            Answer::Done(None) => Violation::unless(
                queued.chunks.is_empty(),
                Guarantee::Exact,
                || "a stream with bytes in it has no next chunk",
            ),
            Answer::Purged => self.clear(queued),
            Answer::Refused => self.lost(queued),
            Answer::Limited => Ok(()),
        }
    }

    fn drain(&mut self, queued: &mut OwnStream) -> Result<(), Violation> {
        let readable = queued.chunks.iter().take_while(|chunk| !chunk.dead).count();
        let lost = queued.chunks.get(readable);
        match queued.stream.drain() {
            Ok(all) => {
                let wanted = lost.map(|chunk| chunk.lost(None));
                self.check("Stream::drain", Ok(()), wanted, AllowedErrors::OPEN)?;
                match all {
                    Some(all) => self.handed_out(queued, all, readable),
                    None => Violation::unless(
                        queued.chunks.is_empty(),
                        Guarantee::Exact,
                        || "Stream::drain returned nothing, but the stream had bytes",
                    ),
                }
            }
            Err(error) => {
                let ReadCause::Memguard(cause) = error.cause else {
                    return Err(exact("Stream::drain failed with a reader's error, but has no reader"));
                };
                let wanted = lost.map(|chunk| chunk.lost(Some(&cause)));
                let answer = self.check::<()>("Stream::drain", Err(cause), wanted, AllowedErrors::OPEN)?;
                if let Some(part) = &error.part {
                    self.same_bytes(queued, part, error.read)?;
                }
                queued.forget(error.read);
                if matches!(answer, Answer::Limited) {
                    queued.perhaps_open();
                }
                match answer {
                    Answer::Purged => self.clear(queued),
                    Answer::Refused => self.lost(queued),
                    Answer::Done(()) | Answer::Limited => Ok(()),
                }
            }
        }
    }

    /// Updates the model after the error that says once what purges destroyed.
    fn lost(&mut self, queued: &mut OwnStream) -> Result<(), Violation> {
        while queued.chunks.front().is_some_and(|chunk| chunk.dead) {
            queued.chunks.pop_front();
        }
        // Another thread's purge may have destroyed more meanwhile. Then the model does not know what is left.
        if self.environment.purges.is_some() { self.clear(queued) } else { Ok(()) }
    }

    fn clear(&mut self, queued: &mut OwnStream) -> Result<(), Violation> {
        queued.chunks.clear();
        self.check("Stream::clear", queued.stream.clear(), None, AllowedErrors::USE).map(drop)
    }

    /// Checks a buffer that must hold the bytes of the first `chunks`, and puts it in the actor's last place.
    fn handed_out(&mut self, queued: &mut OwnStream, buffer: Buffer, chunks: usize) -> Result<(), Violation> {
        let len = queued.chunks.iter().take(chunks).map(|chunk| chunk.rest.len()).sum();
        let contents = self.same_bytes(queued, &buffer, len)?;
        queued.forget(len);
        // There all operations on buffers can use it.
        let (place, born) = (self.buffers.len() - 1, self.environment.purges_begun());
        self.vacate(place);
        if let Some(contents) = contents {
            self.buffers[place] = Some(self.held(buffer, contents, true, born));
        }
        Ok(())
    }

    /// Checks that a buffer holds the first `len` bytes of the queue. Returns them, unless it cannot be read.
    fn same_bytes(&self, queued: &OwnStream, buffer: &Buffer, len: usize) -> Result<Option<Contents>, Violation> {
        let bytes = queued.chunks.iter().flat_map(|chunk| &chunk.rest).take(len).copied();
        let wanted = Contents::Known(bytes.collect());
        let got = buffer.with_data(|bytes| wanted.check(bytes));
        match self.check("reading what came out of a stream", got, None, AllowedErrors::USE)? {
            Answer::Done(Err(how)) => Err(exact(format!("a stream returned other bytes: {how}"))),
            Answer::Done(Ok(())) => Ok(Some(wanted)),
            Answer::Refused | Answer::Purged | Answer::Limited => Ok(None),
        }
    }
}

impl OwnStream {
    fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.rest.len()).sum()
    }

    /// The error that a read must return. `seen` is the error that it did return.
    fn refusal(&self, seen: Option<&Error>) -> Option<Error> {
        self.chunks.front().filter(|chunk| chunk.dead).map(|chunk| chunk.lost(seen))
    }

    /// Updates the model after a fault, which may have fired before or after the first chunk was opened.
    fn perhaps_open(&mut self) {
        if let Some(chunk) = self.chunks.front_mut().filter(|chunk| chunk.open == Some(false)) {
            chunk.open = None;
        }
    }

    /// Checks bytes that came out of the first chunk, and removes them.
    fn consume(&mut self, seen: &[u8]) -> Result<(), Violation> {
        let Some(chunk) = self.chunks.front_mut().filter(|_| !seen.is_empty()) else { return Ok(()) };
        let right = same(seen, |at| chunk.rest[at]);
        chunk.rest.drain(..seen.len());
        chunk.open = Some(true);
        if chunk.rest.is_empty() {
            self.chunks.pop_front();
        }
        right.map_err(|how| exact(format!("a stream returned other bytes: {how}")))
    }

    /// Removes this many bytes from the front.
    fn forget(&mut self, mut len: usize) {
        while let Some(chunk) = self.chunks.front_mut().filter(|_| len > 0) {
            let gone = len.min(chunk.rest.len());
            chunk.rest.drain(..gone);
            chunk.open = Some(true);
            len -= gone;
            if chunk.rest.is_empty() {
                self.chunks.pop_front();
            }
        }
    }
}

impl Chunk {
    /// The error for a purged chunk: `KeyGone` if it was sealed, `Destroyed` if it was open. If the model does not know
    /// which, both are right, and this returns the one `seen`.
    fn lost(&self, seen: Option<&Error>) -> Error {
        match (self.open, seen) {
            (Some(true), _) | (None, Some(Error::Destroyed)) => Error::Destroyed,
            (Some(false) | None, _) => Error::KeyGone,
        }
    }
}
