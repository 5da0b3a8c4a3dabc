//! Rules for all public types: each constructor has its twin, and no type becomes unusable by a panic.

use std::collections::BTreeSet;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::{Path, PathBuf};

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in dir.read_dir().unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(sources(&path)),
            false => files.push(path),
        }
    }
    files
}

/// The public functions in a folder of the library, as `(name, what follows it)`.
fn functions(folder: &str) -> Vec<(String, String)> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder));
    let texts = sources.iter().map(|file| std::fs::read_to_string(file).unwrap());
    let functions = texts.flat_map(|text| {
        let after = text.split("\n    pub fn ").skip(1).map(str::to_owned).collect::<Vec<_>>();
        after.into_iter().filter_map(|text| {
            let (name, rest) = text.split_once(['(', '<'])?;
            Some((name.to_owned(), rest.split_once(" {\n").map_or(rest, |(signature, _)| signature).to_owned()))
        })
    });
    functions.collect()
}

/// A constructor `Type::name` in the default session has the twin `Session::type_name`, and `Type::new` has the twin
/// `Session::type`. Each constructor of `Session` has its twin too.
#[test]
fn constructors_have_twins() {
    let makes = |signature: &str| {
        let result = signature.rsplit_once("-> ").map_or("", |(_, result)| result);
        ["Self", "Buffer", "Enclave", "Secret", "Stream"]
            .iter()
            .any(|made| result.starts_with(&format!("Result<{made}")))
    };
    let (mut of_types, mut of_session) = (BTreeSet::new(), BTreeSet::new());
    for kind in ["buffer", "enclave", "secret", "secret_vec", "stream"] {
        let constructors = functions(kind).into_iter().filter(|(_, rest)| !rest.contains("self") && makes(rest));
        of_types.extend(constructors.map(|(name, _)| match name.as_str() {
            "new" => kind.to_owned(),
            name => format!("{kind}_{name}"),
        }));
        let methods = functions("session").into_iter().filter(|(_, rest)| rest.contains("&self") && makes(rest));
        of_session.extend(methods.map(|(name, _)| name).filter(|name| name.starts_with(kind)));
    }
    assert!(of_types.len() >= 10 && of_types.contains("stream"), "the constructors are not found: {of_types:?}");
    assert_eq!(of_types, of_session, "left: of the types, right: of the session");
}

/// A panic in an access, or in other uses of these types, leaves them as usable as a return does.
#[test]
fn handles_are_unwind_safe() {
    fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    unwind_safe::<memguard::Buffer>();
    unwind_safe::<memguard::Enclave>();
    unwind_safe::<memguard::Session>();
    unwind_safe::<memguard::SessionBuilder>();
    unwind_safe::<memguard::Stream>();
    unwind_safe::<memguard::SecretVec>();
    #[cfg(feature = "zerocopy")]
    unwind_safe::<memguard::Secret<u64>>();
}

#[test]
fn a_panic_leaves_them_usable() {
    let session = memguard::Session::new().unwrap();
    let (buffer, stream) = (session.buffer(8).unwrap(), session.stream().unwrap());
    let result = std::panic::catch_unwind(|| {
        buffer.with_data_mut(|bytes| {
            bytes.fill(7);
            stream.move_from(bytes).unwrap();
            std::panic::resume_unwind(Box::new("of the user"))
        })
    });
    assert!(result.is_err());
    assert!(buffer.equals(&[0; 8]).unwrap() && stream.len() == 8);
    assert!(session.enclave(&mut [1; 8]).unwrap().open().unwrap().equals(&[1; 8]).unwrap());
}

/// A session wipes what it holds when it is dropped. Enclaves and streams hold ciphertext, which they do not wipe.
#[test]
fn a_session_zeroizes_on_drop() {
    fn zeroizes<T: zeroize::ZeroizeOnDrop>() {}
    zeroizes::<memguard::Session>();
}
