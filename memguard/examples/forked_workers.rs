//! Workers that are forked, as servers that fork in advance do. What the parent holds is not theirs: it sends each of
//! them the key through a pipe, straight from its locked pages into those of the worker.
//!
//! Run it with `cargo run -p memguard --example forked_workers`.

#![allow(clippy::disallowed_methods, reason = "an example talks to its user")]

use memguard::{Buffer, FlatResult};
use std::error::Error;
use std::io::{self, PipeReader, PipeWriter, Read, Write};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Code = [u8; 32];

const LEN: usize = 32;

/// What a worker does for its clients: it authenticates a message.
fn authenticate(key: &Buffer, message: &[u8]) -> memguard::Result<Code> {
    key.byte_array(|key: &[u8; LEN]| *blake3::keyed_hash(key, message).as_bytes())
}

/// The worker. The session that its buffer is in is its own: it is made on first use after the fork.
fn work(inherited: &Buffer, from_parent: PipeReader, mut to_parent: PipeWriter) -> Result<()> {
    if inherited.read().map(drop) != Err(memguard::Error::Forked) {
        return Err("the parent's buffer is of no use here".into());
    }
    let key = Buffer::from_reader(from_parent, LEN)?;
    to_parent.write_all(&authenticate(&key, b"a message")?)?;
    // `_exit` drops nothing.
    memguard::purge_all();
    Ok(())
}

struct Worker {
    process: libc::pid_t,
    to: PipeWriter,
    from: PipeReader,
}

impl Worker {
    fn fork(inherited: &Buffer) -> Result<Self> {
        let (from_parent, to) = io::pipe()?;
        let (from, to_parent) = io::pipe()?;
        // SAFETY: no other thread of this program runs but those of memguard. The worker may use memguard and allocate.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error().into()),
            0 => {
                // A worker that kept the parent's ends would never see the end of a pipe.
                drop((to, from));
                let code = match work(inherited, from_parent, to_parent) {
                    Ok(()) => 0,
                    Err(error) => {
                        eprintln!("a worker failed: {error}");
                        1
                    }
                };
                // SAFETY: ends the process. A return would run the rest of the parent's program.
                unsafe { libc::_exit(code) }
            }
            process => Ok(Self { process, to, from }),
        }
    }

    /// The pipe holds the key until the worker has read it. That is memory of the kernel, which no process can read and
    /// which is not swapped out.
    fn send(&mut self, key: &Buffer) -> Result<()> {
        Ok(key.with_data(|key| self.to.write_all(key)).flat()?)
    }

    fn finish(mut self) -> Result<Code> {
        let mut code = [0; 32];
        let read = self.from.read_exact(&mut code);
        let mut status = -1;
        // SAFETY: the pointer is to a live integer.
        unsafe { libc::waitpid(self.process, &mut status, 0) };
        if status != 0 {
            return Err(format!("a worker ended with the status {status}").into());
        }
        Ok(read.map(|()| code)?)
    }
}

fn main() -> Result<()> {
    let key = Buffer::random(LEN)?;
    let mut workers = (0..3).map(|_| Worker::fork(&key)).collect::<Result<Vec<_>>>()?;
    for worker in &mut workers {
        worker.send(&key)?;
    }
    let expected = authenticate(&key, b"a message")?;
    for worker in workers {
        assert_eq!(worker.finish()?, expected);
    }
    println!("3 workers have the key");
    Ok(())
}
