//! Streams between a foreign reader and a foreign writer, as `std::io::copy` moves bytes.

use super::bomb::survive;
use super::misdeed::Place;
use super::readers::ForeignReader;
use crate::scenario::Worker;
use crate::{Guarantee, Violation};
use memguard::Error;
use std::io::{self, ErrorKind, Write};

const LEN: usize = 200;

/// A writer that takes few bytes at a time, is interrupted, and fails or panics half-way.
struct ForeignWriter {
    taken: Vec<u8>,
    step: usize,
    interruptions: usize,
    /// It fails when it has taken so many bytes.
    most: usize,
    panics: bool,
}

impl Write for ForeignWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interruptions > 0 {
            self.interruptions -= 1;
            return Err(ErrorKind::Interrupted.into());
        }
        if self.taken.len() >= self.most {
            if self.panics {
                crate::planted::panic();
            }
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = self.step.min(bytes.len());
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Copies bytes into a stream, and out of it. Other threads may purge meanwhile.
pub(super) fn copy(worker: &mut Worker<'_>) -> Result<(), Violation> {
    let content = worker.next_content();
    let bytes = content.bytes(LEN);
    let session = worker.session();
    let place = Place { session, tally: worker.tally(), got: None };
    let mut reader = ForeignReader::drawn(worker, &bytes, place);
    let choices = &mut worker.choices;
    let (step, most) = (choices.pick(&[1, 100, usize::MAX]), choices.pick(&[0, LEN / 2, usize::MAX]));
    let (interruptions, panics) = (choices.below(64), choices.one_in(2));
    let mut writer = ForeignWriter { taken: Vec::new(), step, interruptions, most, panics };
    let copied = worker.op("a stream between foreign code", || {
        survive(|| {
            let stream = session.stream()?;
            let came = survive(|| io::copy(&mut reader, &mut &stream));
            let went = io::copy(&mut &stream, &mut writer);
            Ok((came, went))
        })
    });
    let _ = survive(|| drop(reader));
    // What the writer took is what came, up to some byte.
    content
        .check(&writer.taken)
        .map_err(|how| Violation::new(Guarantee::Exact, format!("a foreign writer got other bytes: {how}")))?;
    let Some(copied) = copied else { return Ok(()) };
    let (came, went) = Violation::unless_ok("Session::stream", copied)?;
    for copied in came.into_iter().chain([went]) {
        is_meant(copied)?;
    }
    Ok(())
}

/// An error of the foreign code, or that a purge took the bytes.
fn is_meant(copied: io::Result<u64>) -> Result<(), Violation> {
    let Err(error) = copied else { return Ok(()) };
    if [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&error.kind()) {
        return Ok(());
    }
    match error.downcast::<Error>() {
        Ok(Error::KeyGone | Error::Destroyed) => Ok(()),
        Ok(error) => Err(Violation::unexpected("copying through a stream", &error)),
        Err(error) => Err(Violation::new(Guarantee::Visible, format!("copying through a stream gave {error:?}"))),
    }
}
