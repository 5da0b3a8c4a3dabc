//! A stream as a reader and writer of the standard library.

use super::Stream;
use std::io::{Read, Result, Write};

impl Read for &Stream {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        Ok(self.read_into(out)?)
    }
}

impl Write for &Stream {
    /// The source is not changed. [`Stream::move_from`] wipes it.
    fn write(&mut self, source: &[u8]) -> Result<usize> {
        Ok(self.append(source)?)
    }

    /// Does nothing: no written byte is held back. [`Stream::drain`] reads everything.
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        (&*self).read(out)
    }
}

impl Write for Stream {
    fn write(&mut self, source: &[u8]) -> Result<usize> {
        (&*self).write(source)
    }

    fn flush(&mut self) -> Result<()> {
        Write::flush(&mut &*self)
    }
}
