//! What errors become outside: their kind for `std::io`, and messages that say which limit was met and what to do.

use memguard::sync::{Class, Condvar, Mutex, Site};
use memguard::{Error, Limit};
use std::io::{self, ErrorKind};
use std::time::Duration;

#[test]
fn an_error_keeps_its_kind_as_an_io_error() {
    let (lock, site) = (Class::Access.into(), Site::BufferRead.into());
    for (error, kind) in [
        (Error::EmptyLength, ErrorKind::InvalidInput),
        (Error::TooLong { len: 2, max: 1 }, ErrorKind::InvalidInput),
        (Error::Tampered, ErrorKind::InvalidData),
        (Error::SealedTooShort { len: 1, min: 2 }, ErrorKind::InvalidData),
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
fn a_limit_says_what_to_raise() {
    for (limit, words) in [
        (
            Limit::LockedMemory { limit: Some(65_536), in_use: Some(61_440), wanted: 8192 },
            ["RLIMIT_MEMLOCK", "limit 65536 bytes", "61440 in use", "8192 more", "ulimit -l"],
        ),
        (
            Limit::LockedMemory { limit: None, in_use: None, wanted: 8192 },
            ["RLIMIT_MEMLOCK", "no limit set", "8192 more", "ulimit -l", "MlockPolicy::Prefer"],
        ),
        (
            Limit::Mappings { limit: Some(65_530) },
            ["vm.max_map_count", "65530 mappings", "sysctl", "raise", "destroy buffers"],
        ),
        (Limit::Mappings { limit: None }, ["vm.max_map_count", "reached", "sysctl", "raise", "destroy buffers"]),
        (Limit::Memory { wanted: 4096 }, ["4096 more", "address-space", "ulimit -v", "free", "less"]),
    ] {
        let text = limit.to_string();
        for word in words {
            assert!(text.contains(word), "'{word}' is missing in: {text}");
        }
    }
}

/// A lock is shown by its class, never by what it guards.
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
