//! The traits of the public types, as the page `manual::traits` lists them. A wrong cell does not compile.

#![allow(clippy::disallowed_types, reason = "type names only")]

use memguard::{
    Buffer, Enclave, Held, Limit, NotOpened, OtherSessions, ReadCause, ReadError, ReadGuard, Reader, SecretVec,
    Session, Stream, WriteGuard,
};
#[cfg(feature = "zerocopy")]
use memguard::{Secret, SecretReadGuard, SecretWriteGuard};
use secrecy::{SecretBox, SecretString};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::{borrow, error, fmt, hash, io, ops};
use zeroize::Zeroizing;

type BoxedError = Box<dyn error::Error + Send + Sync>;

/// Checks one cell, and gives what the page shows in it.
macro_rules! cell {
    (yes, $type:ty, $($traits:path),+) => {{
        assert_impl_all!($type: $($traits),+);
        "✓"
    }};
    (no, $type:ty, $($traits:path),+) => {{
        assert_not_impl_any!($type: $($traits),+);
        "–"
    }};
    // With memguard's feature `serde`.
    (ours, $type:ty, $($traits:path),+) => {{
        with_serde!($type, $($traits),+);
        "`serde`"
    }};
    // With the feature `serde` of that crate, which is off here.
    (serde, $type:ty, $($traits:path),+) => {{
        assert_not_impl_any!($type: $($traits),+);
        "`serde`"
    }};
}

/// A cell of memguard that the feature `serde` fills.
#[cfg(feature = "serde")]
macro_rules! with_serde {
    ($type:ty, $($traits:path),+) => { assert_impl_all!($type: $($traits),+) };
}
#[cfg(not(feature = "serde"))]
macro_rules! with_serde {
    ($type:ty, $($traits:path),+) => { assert_not_impl_any!($type: $($traits),+) };
}

macro_rules! table {
    ($types:tt $($name:literal, $($traits:path),+ => $($cell:ident)+;)+) => {
        &[$(($name, table!(@row $types [$($cell)+] [$($traits),+]))),+]
    };
    (@row [$a:ty, $b:ty, $c:ty, $d:ty, $e:ty, $f:ty, $g:ty]
          [$ca:ident $cb:ident $cc:ident $cd:ident $ce:ident $cf:ident $cg:ident] [$($traits:path),+]) => {
        &[cell!($ca, $a, $($traits),+), cell!($cb, $b, $($traits),+), cell!($cc, $c, $($traits),+),
          cell!($cd, $d, $($traits),+), cell!($ce, $e, $($traits),+), cell!($cf, $f, $($traits),+),
          cell!($cg, $g, $($traits),+)]
    };
    (@row [$a:ty, $b:ty, $c:ty] [$ca:ident $cb:ident $cc:ident] [$($traits:path),+]) => {
        &[cell!($ca, $a, $($traits),+), cell!($cb, $b, $($traits),+), cell!($cc, $c, $($traits),+)]
    };
    (@row [$a:ty, $b:ty, $c:ty, $d:ty, $e:ty]
          [$ca:ident $cb:ident $cc:ident $cd:ident $ce:ident] [$($traits:path),+]) => {
        &[cell!($ca, $a, $($traits),+), cell!($cb, $b, $($traits),+), cell!($cc, $c, $($traits),+),
          cell!($cd, $d, $($traits),+), cell!($ce, $e, $($traits),+)]
    };
}

/// The names of rows, and their cells.
type Table = &'static [(&'static str, &'static [&'static str])];

const SECRETS: Table = table! {
    [Buffer, Enclave, ReadGuard<'static>, WriteGuard<'static>, SecretBox<[u8]>, SecretString, Zeroizing<Vec<u8>>]
    "`Send`", Send => yes yes no no yes yes yes;
    "`Sync`", Sync => yes yes no no yes yes yes;
    "`Unpin`", Unpin => yes yes yes yes yes yes yes;
    "`UnwindSafe`", UnwindSafe => yes yes yes yes yes yes yes;
    "`RefUnwindSafe`", RefUnwindSafe => yes yes yes yes yes yes yes;
    "`Debug`", fmt::Debug => yes yes yes yes yes yes yes;
    "`Display`", fmt::Display => no no no no no no no;
    "`Clone`", Clone => no yes no no yes yes yes;
    "`Default`", Default => no no no no yes yes yes;
    "`PartialEq`", PartialEq => no no no no no no yes;
    "`Eq`", Eq => no no no no no no yes;
    "`PartialOrd`", PartialOrd => no no no no no no no;
    "`Hash`", hash::Hash => no no no no no no no;
    "`ConstantTimeEq` (subtle)", subtle::ConstantTimeEq => no no no no no no no;
    "`Deref`", ops::Deref => no no yes yes no no yes;
    "`DerefMut`", ops::DerefMut => no no no yes no no yes;
    "`AsRef<[u8]>`", AsRef<[u8]> => no no yes yes no no yes;
    "`AsMut<[u8]>`", AsMut<[u8]> => no no no yes no no yes;
    "`Borrow<[u8]>`", borrow::Borrow<[u8]> => no no no no no no no;
    "`From<&mut [u8]>`", From<&'static mut [u8]> => no no no no no no no;
    "`From<Vec<u8>>`", From<Vec<u8>> => no no no no yes no yes;
    "`From<String>`", From<String> => no no no no no yes no;
    "`Read`, `Write`", io::Read, io::Write => no no no no no no no;
    "`Zeroize`", zeroize::Zeroize => no no no no yes yes yes;
    "`ZeroizeOnDrop`", zeroize::ZeroizeOnDrop => yes no no no yes yes yes;
    "`Serialize`", serde::Serialize => no no no no no no serde;
    "`Deserialize`", serde::de::DeserializeOwned => ours ours no no no serde serde;
};

#[cfg(feature = "zerocopy")]
const TYPED: Table = table! {
    [Secret<u64>, SecretReadGuard<'static, u64>, SecretWriteGuard<'static, u64>]
    "`Send`", Send => yes no no;
    "`Sync`", Sync => yes no no;
    "`Unpin`", Unpin => yes yes yes;
    "`UnwindSafe`", UnwindSafe => yes yes yes;
    "`RefUnwindSafe`", RefUnwindSafe => yes yes yes;
    "`Debug`", fmt::Debug => yes yes yes;
    "`Display`", fmt::Display => no no no;
    "`Clone`", Clone => no no no;
    "`Default`", Default => no no no;
    "`PartialEq`", PartialEq => no no no;
    "`Hash`", hash::Hash => no no no;
    "`Deref`", ops::Deref<Target = u64> => no yes yes;
    "`DerefMut`", ops::DerefMut => no no yes;
    "`AsRef<T>`", AsRef<u64> => no no no;
    "`Borrow<T>`", borrow::Borrow<u64> => no no no;
    "`ZeroizeOnDrop`", zeroize::ZeroizeOnDrop => yes no no;
    "`Serialize`", serde::Serialize => no no no;
};

const ERRORS: Table = table! {
    [memguard::Error, ReadError, ReadCause, Limit, io::Error]
    "`Error`", error::Error => yes yes yes yes yes;
    "`Send`", Send => yes yes yes yes yes;
    "`Sync`", Sync => yes yes yes yes yes;
    "`Unpin`", Unpin => yes yes yes yes yes;
    "`UnwindSafe`", UnwindSafe => yes no no yes no;
    "`RefUnwindSafe`", RefUnwindSafe => yes no no yes no;
    "`Display`", fmt::Display => yes yes yes yes yes;
    "`Debug`", fmt::Debug => yes yes yes yes yes;
    "`Clone`", Clone => yes no no yes no;
    "`PartialEq`", PartialEq => yes no no yes no;
    "`Eq`", Eq => yes no no yes no;
    "`Hash`", hash::Hash => no no no no no;
    "`Into<io::Error>`", Into<io::Error> => yes yes yes yes yes;
    "`Into<Box<dyn Error + Send + Sync>>`", Into<BoxedError> => yes yes yes yes yes;
    "`Into<memguard::Error>`", Into<memguard::Error> => yes yes no yes no;
};

// Not in the tables: the other handles.
assert_impl_all!(Session: Send, Sync, Unpin, fmt::Debug);
assert_impl_all!(Stream: Send, Sync, Unpin, fmt::Debug, io::Read, io::Write);
assert_impl_all!(SecretVec: Send, Sync, Unpin, fmt::Debug, io::Write, zeroize::ZeroizeOnDrop);
assert_not_impl_any!(SecretVec: Clone, Default, PartialEq, hash::Hash, fmt::Display, ops::Deref, AsRef<[u8]>);
assert_not_impl_any!(SecretVec: serde::Serialize, Extend<u8>, From<Vec<u8>>);
assert_impl_all!(Reader<'static>: io::Read, io::BufRead, io::Seek, fmt::Debug);
assert_not_impl_any!(Reader<'static>: Send, Sync, Clone);
assert_impl_all!(NotOpened: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, error::Error, Into<memguard::Error>);
assert_impl_all!(NotOpened: Into<io::Error>, Into<BoxedError>);
assert_not_impl_any!(NotOpened: Clone, PartialEq, hash::Hash);
assert_impl_all!(Held: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, fmt::Debug, fmt::Display, Copy, Default, Eq);
assert_impl_all!(OtherSessions: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe, fmt::Debug, Copy, Default, Eq);

/// The rows of the table below this heading: the trait and the first cells, as many as are checked here.
fn rows(heading: &str, checked: usize) -> Vec<(&'static str, Vec<&'static str>)> {
    let page = include_str!("../../src/manual/traits.md");
    let (_, table) = page.split_once(heading).expect("the heading is there");
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        (cells.next().unwrap_or_default(), cells.take(checked).collect())
    })
    .collect()
}

#[test]
fn the_page_shows_what_compiles() {
    let tables = [
        ("# Secrets and guards", SECRETS),
        #[cfg(feature = "zerocopy")]
        ("# Typed secrets", TYPED),
        ("# Errors", ERRORS),
    ];
    for (heading, table) in tables {
        let checked = table[0].1.len();
        let compiled: Vec<_> = table.iter().map(|(name, cells)| (*name, cells.to_vec())).collect();
        assert_eq!(rows(heading, checked), compiled, "{heading}");
    }
}

/// The versions named on the page are those that the cells were checked with.
#[test]
fn the_page_names_the_versions() {
    let lock = include_str!("../../../Cargo.lock");
    let page = include_str!("../../src/manual/traits.md");
    for name in ["secrecy", "zeroize"] {
        let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).expect("it is locked");
        let (version, _) = entry.split_once('"').expect("a version");
        assert!(page.contains(&format!("https://docs.rs/{name}/{version}) {version}")), "{name} is {version}");
    }
}
