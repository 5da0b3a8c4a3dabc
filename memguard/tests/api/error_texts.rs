//! Errors as callers see them: their kind for `std::io`, and texts that say which limit was reached and what to do.

#[cfg(feature = "lockdep")]
use crate::support::this_thread;
use memguard::{Buffer, Error, Held, Limit, OtherSessions, ReadCause, ReadError};
#[cfg(feature = "lockdep")]
use memguard::{
    Cipher, Holder, LockName, SiteName,
    sync::{Class, Condvar, Mutex, Site},
};
use std::error::Error as _;
use std::io::{self, ErrorKind, Read};
#[cfg(feature = "lockdep")]
use std::{collections::HashSet, time::Duration};

crate::support::needs!(
    lockdep: an_error_keeps_its_kind_as_an_io_error,
    locks_show_their_class_alone,
    names_are_those_of_the_lock_order
);

#[cfg(feature = "lockdep")]
#[test]
fn an_error_keeps_its_kind_as_an_io_error() {
    let (lock, site) = (Class::Access.into(), Site::BufferRead.into());
    for (error, kind) in [
        (Error::EmptyLength, ErrorKind::InvalidInput),
        (Error::TooLong { len: 2, max: 1 }, ErrorKind::InvalidInput),
        (Error::OverAligned { align: 2, max: 1 }, ErrorKind::InvalidInput),
        (Error::Tampered, ErrorKind::InvalidData),
        (Error::SealedTooShort { len: 1, min: 2 }, ErrorKind::InvalidData),
        (Error::OtherCipher { sealed: Cipher::Aegis256, session: Cipher::XChaCha20Poly1305 }, ErrorKind::InvalidData),
        (Error::CipherUnavailable { cipher: Cipher::Aegis256 }, ErrorKind::Unsupported),
        (Error::Frozen, ErrorKind::PermissionDenied),
        (Error::WouldBlock { lock, site, holder: None }, ErrorKind::WouldBlock),
        (Error::Timeout { lock, site, holder: None, timeout: Duration::ZERO }, ErrorKind::TimedOut),
        (Error::Limit(Limit::Memory { wanted: 1 }), ErrorKind::OutOfMemory),
        (
            Error::System { call: "mmap", source: io::Error::from_raw_os_error(libc::EACCES).into() },
            ErrorKind::PermissionDenied,
        ),
        (Error::Destroyed, ErrorKind::Other),
        (Error::KeyGone, ErrorKind::Other),
    ] {
        let outside = io::Error::from(error.clone());
        assert_eq!(outside.kind(), kind, "{error:?}");
        assert_eq!(outside.downcast::<Error>().unwrap(), error);
    }
}

#[test]
fn an_error_has_its_cause() {
    let system = Error::System { call: "mmap", source: io::Error::from_raw_os_error(libc::EACCES).into() };
    let cause = system.source().and_then(|cause| cause.downcast_ref::<io::Error>()).unwrap();
    assert_eq!(cause.raw_os_error(), Some(libc::EACCES));
    assert_eq!(system, system.clone());
    let other = Error::System { call: "mmap", source: io::Error::from_raw_os_error(libc::EPERM).into() };
    assert_ne!(system, other, "another number of the same kind");

    let limit = Limit::Memory { wanted: 1 };
    let error = Error::from(limit);
    assert_eq!(error.source().and_then(|cause| cause.downcast_ref::<Limit>()), Some(&limit));
    assert_eq!(error.to_string(), limit.to_string());
    assert_eq!(io::Error::from(limit).downcast::<Error>().unwrap(), error);

    assert!(Error::Frozen.source().is_none());
}

/// Fails after its bytes, with a text that no message may show.
struct Failing<'b>(&'b [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::new(ErrorKind::ConnectionReset, "the reader's own words")),
            read => Ok(read),
        }
    }
}

#[test]
fn a_read_error_keeps_what_it_can() {
    let failed = || Buffer::from_reader(Failing(b"12345"), 32).unwrap_err();
    let words = |error: &dyn std::error::Error| error.source().unwrap().to_string();

    let error = io::Error::from(failed());
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let inside = error.downcast::<ReadError>().unwrap();
    assert_eq!(words(&inside), "the reader's own words");
    assert_eq!(words(&inside.cause), "the reader's own words");
    assert!(inside.part.unwrap().equals(b"12345").unwrap());

    let error = Error::from(failed());
    assert!(matches!(&error, Error::Reader { read: 5, source } if source.kind() == ErrorKind::ConnectionReset));
    assert_eq!(words(&error), "the reader's own words");
    assert_eq!(io::Error::from(error.clone()).kind(), ErrorKind::ConnectionReset);
    assert_eq!(error.clone(), error);
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("own words"), "{text}");
    }

    let cause = ReadCause::Memguard(Error::Frozen);
    assert_eq!(cause.source().and_then(|cause| cause.downcast_ref::<Error>()), Some(&Error::Frozen));
    assert_eq!(io::Error::from(cause).downcast::<Error>().unwrap(), Error::Frozen);
    assert_eq!(io::Error::from(failed().cause).to_string(), "the reader's own words");
    assert_eq!(Error::from(ReadError::from(Error::EmptyLength)), Error::EmptyLength);
    assert_eq!(io::Error::from(ReadError::from(Error::EmptyLength)).kind(), ErrorKind::InvalidInput);
}

/// What callers write with `?`.
#[test]
fn errors_cross_by_question_mark() {
    fn ours() -> memguard::Result<Buffer> {
        Ok(Buffer::from_entire_reader(io::empty())?)
    }
    fn io() -> io::Result<Buffer> {
        let buffer = Buffer::from_reader(&b"12"[..], 2)?;
        drop(buffer.write()?);
        Ok(buffer)
    }
    fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Buffer::new(0)?;
        Ok(())
    }
    assert_eq!(ours().map(drop), Err(Error::EmptyLength));
    assert_eq!(io().unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert_eq!(boxed().unwrap_err().downcast_ref::<Error>(), Some(&Error::EmptyLength));
}

/// Errors show the names of the lock order. With `internals`, they compare with its classes and sites.
#[cfg(feature = "lockdep")]
#[test]
fn names_are_those_of_the_lock_order() {
    for &class in Class::ALL {
        let name = LockName::from(class);
        assert!(name == class && name.to_string() == class.to_string() && format!("{name:?}") == class.to_string());
    }
    for &site in Site::ALL {
        let name = SiteName::from(site);
        assert!(name == site && name.to_string() == site.to_string() && format!("{name:?}") == site.to_string());
    }
    assert_eq!(Site::ALL.iter().map(|&site| SiteName::from(site)).collect::<HashSet<_>>().len(), Site::ALL.len());

    let buffer = Buffer::new(8).unwrap();
    let _inside = buffer.write().unwrap();
    let refused = std::thread::scope(|scope| scope.spawn(|| buffer.try_read().map(drop)).join().unwrap());
    let Err(Error::WouldBlock { holder: Some(holder), .. }) = refused else { panic!("{refused:?}") };
    let Holder { thread, site, .. } = holder;
    assert_eq!((thread, site), (this_thread(), Site::BufferWrite.into()));
    assert_eq!(holder.to_string(), format!("thread {thread} at BufferWrite"));
}

fn held(by_others: Option<(u64, u64)>) -> Held {
    let others = |(sessions, locked_bytes)| {
        let mut others = OtherSessions::default();
        (others.sessions, others.locked_bytes) = (sessions, locked_bytes);
        others
    };
    let mut held = Held::default();
    (held.by_this_session, held.by_others) = (8192, by_others.map(others));
    held
}

#[test]
fn a_limit_says_who_holds_it() {
    for (by_others, words) in [
        (None, "this session has locked 8192 bytes, what other sessions have is not known"),
        (Some((0, 0)), "this session has locked 8192 bytes, there is no other session"),
        (Some((1, 4096)), "this session has locked 8192 bytes, 1 other session 4096"),
        (Some((2, 12288)), "this session has locked 8192 bytes, 2 other sessions 12288"),
    ] {
        let (held, limit) = (held(by_others), Some(65_536));
        let limits = [Limit::LockedMemory { limit, in_use: limit, wanted: 1, held }, Limit::Mappings { limit, held }];
        for limit in limits {
            let text = limit.to_string();
            assert!(text.contains(&format!("; {words}): raise it")), "'{words}' is missing in: {text}");
        }
    }
}

#[test]
fn a_limit_says_what_to_raise() {
    for (limit, words) in [
        (
            Limit::LockedMemory { limit: Some(65_536), in_use: Some(61_440), wanted: 8192, held: held(None) },
            ["RLIMIT_MEMLOCK", "limit 65536 bytes", "61440 in use", "8192 more", "ulimit -l"],
        ),
        (
            Limit::LockedMemory { limit: None, in_use: None, wanted: 8192, held: held(Some((0, 0))) },
            ["RLIMIT_MEMLOCK", "no limit set", "8192 more", "ulimit -l", "MlockPolicy::Prefer"],
        ),
        (
            Limit::Mappings { limit: Some(65_530), held: held(Some((2, 12288))) },
            ["vm.max_map_count", "65530 mappings", "sysctl", "raise", "destroy buffers"],
        ),
        (
            Limit::Mappings { limit: None, held: held(Some((1, 4096))) },
            ["vm.max_map_count", "reached", "sysctl", "raise", "destroy buffers"],
        ),
        (Limit::Memory { wanted: 4096 }, ["4096 more", "address-space", "ulimit -v", "free", "less"]),
    ] {
        let text = limit.to_string();
        for word in words {
            assert!(text.contains(word), "'{word}' is missing in: {text}");
        }
    }
}

/// `Debug` of a lock shows its class, never its data.
#[cfg(feature = "lockdep")]
#[test]
fn locks_show_their_class_alone() {
    let lock = Mutex::new(Class::Pool, "what it guards");
    let guard = lock.lock(Site::PoolTake).unwrap();
    for text in [format!("{lock:?}"), format!("{guard:?}")] {
        assert!(text.contains("Pool") || text.contains("POOL"), "{text}");
        assert!(!text.contains("what it guards"), "{text}");
    }
    drop(guard);
    assert_eq!(format!("{:?}", Condvar::default()), "Condvar");
    assert!(lock.lock_timed(Site::PoolTake, Duration::ZERO).is_ok());
}
