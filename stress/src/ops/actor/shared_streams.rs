//! Operations on a shared stream. Each write is one tagged secret and one chunk, so whole secrets must come out.

use super::check::{exact, library_error, source_is_wiped_or_kept};
use super::shared_check::whole;
use super::shared_state::{LEN, SharedBuffer, SharedState};
use super::state::Actor;
use crate::ops::parts::StreamCall;
use crate::ops::tagged;
use crate::ops::tally::Told;
use crate::violation::Violation;
use memguard::{Error, ReadCause, Stream};
use std::io::Write;
use std::sync::Arc;

impl Actor<'_> {
    pub(super) fn use_shared_stream(&mut self, at: usize, by: StreamCall) -> Result<(), Violation> {
        let Some(state) = self.shared else { return Ok(()) };
        // In smaller chunks the secrets of several threads may mix.
        if self.stream_chunk < LEN {
            return Ok(());
        }
        if by == StreamCall::Drop {
            drop(state.streams.take(at));
            return Ok(());
        }
        let Some(stream) = self.shared_stream(state, at)? else { return Ok(()) };
        match by {
            StreamCall::Write(_) | StreamCall::Move(_) => self.push_shared(state, &stream, by),
            StreamCall::Read(_) => self.read_shared_stream(&stream),
            StreamCall::Next => {
                let Some(Some(chunk)) = self.check_making("Stream::next", stream.next(), true)? else {
                    return Ok(());
                };
                self.check_tagged("reading the next chunk", &chunk, None)?;
                state.buffers.put(at, SharedBuffer::new(chunk, true));
                Ok(())
            }
            StreamCall::Drain => self.drain_shared(&stream),
            StreamCall::Clear => self.check_making("Stream::clear", stream.clear(), false).map(drop),
            StreamCall::Len | StreamCall::Drop => match stream.len() % LEN {
                0 => Ok(()),
                _ => whole(Err("a stream holds a part of one".into())),
            },
        }
    }

    /// The stream at this place. Creates one first if the place is empty.
    fn shared_stream(&mut self, state: &SharedState, at: usize) -> Result<Option<Arc<Stream>>, Violation> {
        if let Some(there) = state.streams.get(at) {
            return Ok(Some(there));
        }
        let Some(session) = self.session.clone() else { return Ok(None) };
        let made = self.check_making("Session::stream", session.stream(), false)?.map(Arc::new);
        if let Some(made) = &made {
            state.streams.put(at, Arc::clone(made));
        }
        Ok(made)
    }

    fn push_shared(&mut self, state: &SharedState, stream: &Stream, by: StreamCall) -> Result<(), Violation> {
        let mut source = [0; LEN];
        tagged::write(self.seed, state.next_id(), &mut source);
        if matches!(by, StreamCall::Write(_)) {
            let mut writer = stream;
            let got = writer.write(&source).map_err(library_error);
            return match self.check_making("Stream::write", got, false)? {
                None | Some(LEN) => Ok(()),
                Some(written) => whole(Err(format!("only {written} bytes of one were written"))),
            };
        }
        let before = source;
        let got = stream.move_from(&mut source);
        source_is_wiped_or_kept(&before, &source, got.is_ok())?;
        self.check_making("Stream::move_from", got, false).map(drop)
    }

    fn read_shared_stream(&mut self, stream: &Stream) -> Result<(), Violation> {
        let mut out = [0; LEN];
        match self.check_making("Stream::read_into", stream.read_into(&mut out), true)? {
            None | Some(0) => Ok(()),
            Some(LEN) => {
                self.tally.note(Told::ReadFromStream);
                whole(tagged::check(self.seed, &out).map(drop))
            }
            Some(len) => whole(Err(format!("a stream returned {len} bytes of one, with room for all of it"))),
        }
    }

    fn drain_shared(&mut self, stream: &Stream) -> Result<(), Violation> {
        let all = match stream.drain() {
            Ok(all) => all,
            Err(error) => {
                let ReadCause::Memguard(cause) = error.cause else {
                    return Err(exact("Stream::drain failed with a reader's error, but has no reader"));
                };
                self.check_making::<()>("Stream::drain", Err::<(), Error>(cause), true)?;
                error.part
            }
        };
        let Some(all) = all else { return Ok(()) };
        let seed = self.seed;
        let seen = all.with_data(|bytes| bytes.chunks(LEN).try_for_each(|chunk| tagged::check(seed, chunk).map(drop)));
        whole(self.check_making("reading what was drained", seen, false)?.unwrap_or(Ok(())))
    }
}
