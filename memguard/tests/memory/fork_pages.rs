//! What a forked child finds in the pages of its parent.

use memguard::{Isolation, Session};

/// WIPED: the child finds zeros in every kind of page that it has, and the parent keeps its bytes. The test reads the
/// memory itself and does not ask the library.
#[test]
fn a_child_finds_zeros() {
    // `secret` has the pages that no child has. The pages of `Concealed` are revealed inside an access.
    for isolation in [Isolation::Page, Isolation::Packed, Isolation::Concealed] {
        let session = Session::builder().isolation(isolation).rekey_interval(None).build().unwrap();
        for len in [32, 5_000] {
            let secret = session.buffer(len).unwrap();
            secret.write().unwrap().fill(7);
            let bytes = secret.read().unwrap();
            // SAFETY: the child reads memory and ends at once, without a lock, an allocation or a destructor.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let seen = bytes.iter().filter(|&&byte| byte != 0).count();
                // SAFETY: ends the child at once.
                unsafe { libc::_exit(i32::from(seen > 0)) };
            }
            assert!(child > 0);
            let mut status = 0;
            // SAFETY: waits for our own child; the pointer is to a live integer.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            let wiped = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0;
            let refused = session.health().degraded.inheritable_pages > 0;
            assert!(wiped || refused, "{isolation:?}, {len} bytes: the child sees the secret, status {status}");
            assert!(bytes.iter().all(|&byte| byte == 7), "the parent lost its bytes");
        }
    }
}
