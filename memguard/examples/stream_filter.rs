//! A filter that reads all of its input before it writes any, as `sponge` does. It keeps the input encrypted meanwhile:
//! `decrypt backup | stream_filter | restore`.
//!
//! Run it with `cargo run -p memguard --example stream_filter < FILE`.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, FlatResult, Stream};
use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

fn main() -> Result<(), Box<dyn Error>> {
    memguard::catch_interrupt()?;
    // The file descriptors are used, because the buffers of `std::io::stdin()` and `stdout()` are on the heap.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);

    // One locked buffer takes the input. Moving its bytes into the stream wipes them.
    let stream = Stream::new()?;
    let window = Buffer::new(64 * 1024)?;
    loop {
        let fill = |bytes: &mut [u8]| -> io::Result<usize> {
            let read = input.read(bytes)?;
            stream.move_from(&mut bytes[..read])?;
            Ok(read)
        };
        let read = window.with_data_mut(fill).flat()?;
        if read == 0 {
            break;
        }
    }
    eprintln!("{} bytes, encrypted in memory", stream.len());

    // One chunk at a time is open.
    while let Some(chunk) = stream.next()? {
        chunk.with_data(|bytes| output.write_all(bytes)).flat()?;
    }
    Ok(())
}
