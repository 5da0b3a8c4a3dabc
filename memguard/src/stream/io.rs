//! A stream as the standard library's readers and writers know it.

use super::Stream;
use std::io::{Read, Result, Write};

impl Read for &Stream {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        Ok(self.read_into(out)?)
    }
}

impl Write for &Stream {
    /// The source stays as it is: [`Stream::move_from`] wipes it.
    fn write(&mut self, source: &[u8]) -> Result<usize> {
        Ok(self.append(source)?)
    }

    /// Nothing waits to be written. [`Stream::drain`] is another thing: it reads everything.
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
