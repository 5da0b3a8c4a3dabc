//! The operations on streams, and on several buffers at once.

use super::super::draw;
use super::operations::{LEN, drawn_stamp, stamp_of};
use super::worker::{May, Worker};
use crate::saw;
use memguard::{Error, ReadCause, Stream, with_buffers};
use std::sync::Arc;

impl Worker {
    pub(super) fn make_stream(&mut self) {
        let Some(session) = self.session.clone() else { return };
        if let Some(stream) = self.judge("stream", session.stream(), &[]) {
            self.shared.streams.put(stream);
        }
    }

    /// Chunks of one stamp each go in, so chunks of one stamp each must come out.
    pub(super) fn pour(&mut self) {
        let Some(stream) = self.shared.streams.get() else { return };
        let stamp = drawn_stamp();
        let mut source = [stamp; LEN];
        match self.judge("move_from", stream.move_from(&mut source), &[]) {
            Some(()) => assert_eq!(source, [0; LEN], "WIPED: the source was left"),
            None => assert_eq!(source, [stamp; LEN], "the source of a refused call was changed"),
        }
    }

    pub(super) fn drink(&mut self) {
        let Some(stream) = self.shared.streams.get() else { return };
        match draw(3) {
            0 => self.read_into(&stream),
            1 => self.next_chunk(&stream),
            _ => self.drain(&stream),
        }
        // What a purge made unreadable stays in front until somebody drops it.
        if draw(8) == 0 {
            self.judge("clear", stream.clear(), &[]);
        }
    }

    fn read_into(&mut self, stream: &Stream) {
        let mut out = [0; LEN];
        match self.judge("read_into", stream.read_into(&mut out), &[May::HaveNoKey]) {
            Some(0) | None => {}
            Some(len) => {
                assert_eq!(len, LEN, "EXACT: a stream gave part of a chunk to who had room for all of it");
                stamp_of(&out);
                saw("read from a stream");
            }
        }
    }

    fn next_chunk(&mut self, stream: &Stream) {
        if let Some(Some(chunk)) = self.judge("next", stream.next(), &[May::HaveNoKey]) {
            self.shared.buffers.put(chunk);
        }
    }

    fn drain(&mut self, stream: &Stream) {
        let all = match stream.drain() {
            Ok(all) => all,
            Err(error) => {
                let cause = match error.cause {
                    ReadCause::Memguard(cause) => cause,
                    cause => panic!("a stream reads from no reader: {cause:?}"),
                };
                self.judge("flush", Err::<(), _>(cause), &[May::HaveNoKey]);
                error.part
            }
        };
        let Some(all) = all else { return };
        let read = all.with_data(|bytes| bytes.chunks(LEN).for_each(|chunk| _ = stamp_of(chunk)));
        self.judge("with_data", read, &[]);
    }

    /// Two buffers at once, in an order drawn: this waits, and may, for others wait in the order of the buffers' making.
    pub(super) fn together(&mut self) {
        let (Some(one), Some(other)) = (self.shared.buffers.get(), self.shared.buffers.get()) else { return };
        if Arc::ptr_eq(&one, &other) {
            return;
        }
        let result = if draw(2) == 0 {
            with_buffers(&[&one, &other], &[], |reads, _| reads.iter().for_each(|bytes| _ = stamp_of(bytes)))
        } else {
            let stamp = drawn_stamp();
            with_buffers(&[], &[&one, &other], |_, writes| writes.iter_mut().for_each(|bytes| bytes.fill(stamp)))
        };
        if !matches!(result, Err(Error::Destroyed)) {
            saw("several at once");
        }
        self.judge("with_buffers", result, &[May::BeFrozen]);
    }
}
