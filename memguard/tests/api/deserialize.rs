//! The feature `serde`. EXACT, WIPED and CLEAN for secrets that are deserialised. Reports keep all their fields.

use crate::support::place::{Place, new_secret, own_memory};
use memguard::{Buffer, BufferSeed, Enclave, EnclaveSeed, Fault, Session, Sim};
use serde::Deserialize;
use serde::de::value::{BytesDeserializer, Error as ValueError, SeqDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

const PAGE: usize = 4096;

/// A session on simulated pages. At its end, every page is unmapped and every byte was wiped before.
struct World {
    sim: Sim,
    session: Session,
}

impl World {
    fn new() -> Self {
        let sim = Sim::new(PAGE);
        let session = Session::builder().simulated(&sim).rekey_interval(None).build().unwrap();
        Self { sim, session }
    }

    fn buffer(&self, json: &str) -> Result<Buffer, serde_json::Error> {
        BufferSeed(&self.session).deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    fn enclave(&self, json: &str) -> Result<Enclave, serde_json::Error> {
        EnclaveSeed(&self.session).deserialize(&mut serde_json::Deserializer::from_str(json))
    }

    /// No buffer is alive and no slot is dirty.
    fn assert_clean(self) {
        let health = self.session.health();
        assert_eq!((health.live_buffers, health.registered, health.handed_over), (0, 0, 0), "{health:?}");
        assert_eq!(self.session.audit().dirty_slots, 0);
        assert_eq!(
            (health.degraded.dirty_slots, health.degraded.unwiped_slots, health.degraded.corrupted_buffers),
            (0, 0, 0)
        );
        drop(self.session);
        let report = self.sim.report();
        assert_eq!((report.live_bytes, report.unwiped_bytes, &report.violations[..]), (0, 0, &[][..]), "{report:?}");
    }
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 % 251) as u8).collect()
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: Buffer,
    token: Enclave,
    #[serde(default)]
    spare: Option<Buffer>,
}

#[test]
fn fields_of_a_struct_come_into_the_default_session() {
    let json = r#"{"user": "alice", "password": "hunter2", "token": [1, 2, 3]}"#;
    let Credentials { user, password, token, spare } = serde_json::from_str(json).unwrap();
    assert!(user == "alice" && spare.is_none());
    assert!(password.equals(b"hunter2").unwrap() && !password.is_mutable() && memguard::exists(&password));
    assert!(token.open().unwrap().equals(&[1, 2, 3]).unwrap());
}

#[test]
fn texts_bytes_and_sequences() {
    let world = World::new();
    for (json, bytes) in [
        (r#""hunter2""#, &b"hunter2"[..]),
        (r#""with \"escapes\" \u00e9""#, "with \"escapes\" é".as_bytes()),
        ("[0, 255, 7]", &[0, 255, 7]),
    ] {
        let buffer = world.buffer(json).unwrap();
        assert!(buffer.equals(bytes).unwrap() && !buffer.is_mutable() && world.session.exists(&buffer), "{json}");
        assert!(world.enclave(json).unwrap().open().unwrap().equals(bytes).unwrap(), "{json}");
    }
    let seed = BufferSeed(&world.session);
    let bytes = seed.deserialize(BytesDeserializer::<ValueError>::new(&[0, 1, 2])).unwrap();
    assert!(bytes.equals(&[0, 1, 2]).unwrap());
    let owned: StringDeserializer<ValueError> = String::from("owned").into_deserializer();
    assert!(seed.deserialize(owned).unwrap().equals(b"owned").unwrap());
    assert!(seed.deserialize(serde_json::json!([3, 4])).unwrap().equals(&[3, 4]).unwrap());
    drop(bytes);
    world.assert_clean();
}

/// The pages grow while a sequence goes on, and the outgrown pages are wiped.
#[test]
fn sequences_around_and_beyond_pages() {
    let world = World::new();
    for len in [1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 17, 100_000] {
        let bytes = pattern(len);
        let json = serde_json::to_string(&bytes).unwrap();
        let buffer = world.buffer(&json).unwrap();
        assert!(buffer.len() == len && buffer.equals(&bytes).unwrap(), "{len}");
        // This sequence must not be asked again after its end.
        let once = SeqDeserializer::<_, ValueError>::new(Once(Some(bytes.clone().into_iter())));
        assert!(BufferSeed(&world.session).deserialize(once).unwrap().equals(&bytes).unwrap(), "{len}");
    }
    world.assert_clean();
}

/// Panics when it is asked again after its end.
struct Once<I>(Option<I>);

impl<I: Iterator> Iterator for Once<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.0.as_mut().expect("asked after its end").next();
        if next.is_none() {
            self.0 = None;
        }
        next
    }
}

#[test]
fn an_input_that_fails_half_way_leaves_nothing() {
    let world = World::new();
    let whole = serde_json::to_string(&pattern(3 * PAGE)).unwrap();
    for len in [1, 2, 100, PAGE, whole.len() / 2, whole.len() - 1] {
        let error = world.buffer(&whole[..len]).unwrap_err();
        assert!(error.is_eof() && error.to_string().contains("line 1"), "{error}");
        assert!(world.enclave(&whole[..len]).is_err());
    }
    let broken = format!("{}, 1000]", &whole[..whole.len() - 1]);
    let error = world.buffer(&broken).unwrap_err();
    assert!(error.is_data() && error.to_string().contains("number from 0 to 255"), "{error}");
    for empty in ["[]", "\"\""] {
        assert!(world.buffer(empty).unwrap_err().to_string().contains("at least one byte"));
    }
    world.assert_clean();
}

/// An error says what was expected and where. It does not show the value, which may be a secret in the wrong form.
#[test]
fn wrong_types_are_refused_and_not_shown() {
    let world = World::new();
    let wrong = [
        "77007",
        "-77007",
        "77007.5",
        "true",
        "null",
        r#"{"a": "77007"}"#,
        r#"["77007"]"#,
        "[1, 77007]",
        "[-77007]",
        "[7.7007]",
        "[[77007]]",
        "[1, null]",
        "[true]",
    ];
    for json in wrong {
        for text in [world.buffer(json).unwrap_err().to_string(), world.enclave(json).unwrap_err().to_string()] {
            assert!(text.contains("expected") && text.contains("column"), "{json}: {text}");
            assert!(!text.contains("7007"), "{json}: {text}");
        }
    }
    world.assert_clean();
}

/// A format that is not human-readable is asked for the wanted kind, because it cannot describe its value.
struct Terse<'b>(&'b [u8]);

impl<'de> Deserializer<'de> for Terse<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
        panic!("the format does not describe itself")
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_borrowed_bytes(self.0)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[test]
fn a_format_that_does_not_describe_itself() {
    let world = World::new();
    assert!(BufferSeed(&world.session).deserialize(Terse(b"borrowed")).unwrap().equals(b"borrowed").unwrap());
    let enclave = EnclaveSeed(&world.session).deserialize(Terse(b"borrowed")).unwrap();
    assert!(enclave.open().unwrap().equals(b"borrowed").unwrap());
    drop(enclave);
    world.assert_clean();
}

/// A purge reaches what was read so far, and the rest of the input does not become a secret of its own.
#[test]
fn a_purge_half_way() {
    let world = World::new();
    for at in [0, 1, PAGE, 2 * PAGE + 1] {
        let purging = pattern(3 * PAGE).into_iter().enumerate().map(|(index, byte)| {
            if index == at {
                world.session.purge();
            }
            byte
        });
        let error = BufferSeed(&world.session).deserialize(SeqDeserializer::<_, ValueError>::new(purging)).unwrap_err();
        assert!(error.to_string().contains("destroyed"), "{error}");
    }
    world.assert_clean();
}

#[test]
fn a_format_that_panics_half_way() {
    let world = World::new();
    let panicking = (0..3 * PAGE).map(|index| if index > PAGE + 5 { panic!("the format's own panic") } else { 7u8 });
    let result = catch_unwind(AssertUnwindSafe(|| {
        BufferSeed(&world.session).deserialize(SeqDeserializer::<_, ValueError>::new(panicking)).map(drop)
    }));
    assert!(result.is_err());
    world.assert_clean();
}

/// The error of a format that panics as it is made.
#[derive(Debug)]
struct Unmade;

impl std::fmt::Display for Unmade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unmade")
    }
}

impl std::error::Error for Unmade {}

impl serde::de::Error for Unmade {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        resume_unwind(Box::new("planned"))
    }
}

/// CLEAN: the bytes that a format hands over are wiped in any case.
#[test]
fn an_error_that_panics_leaves_nothing() {
    let world = World::new();
    let secret = new_secret();
    let bytes = secret.repeat(PAGE);
    let middle = Place { address: bytes[bytes.len() / 2..].as_ptr().addr() as u64, secret };
    world.sim.fail(Fault::NthOfAny { n: 1, errno: libc::ENOMEM });
    world.sim.fail(Fault::NthOfAny { n: 2, errno: libc::ENOMEM });
    assert!(middle.holds_the_secret(&own_memory()));
    let made = || Visitor::visit_byte_buf::<Unmade>(BufferSeed(&world.session), bytes);
    assert!(catch_unwind(AssertUnwindSafe(made)).is_err());
    assert!(!middle.holds_the_secret(&own_memory()));
    world.sim.heal();
    world.assert_clean();
}

#[test]
fn a_limit_half_way() {
    let sim = Sim::new(PAGE);
    // There are no free pages to give back, so a limit is an error.
    let session = Session::builder().simulated(&sim).rekey_interval(None).pool_pages(0).build().unwrap();
    let large = serde_json::to_string(&pattern(20 * PAGE)).unwrap();
    let read = || BufferSeed(&session).deserialize(&mut serde_json::Deserializer::from_str(&large));
    // The slots have 1, 2, 4, 8, 16 and 32 pages.
    for n in 1..=6 {
        sim.fail(Fault::Nth { call: "mmap", n, errno: libc::ENOMEM });
        let error = read().unwrap_err();
        assert!(error.to_string().contains("cannot be mapped"), "{n}: {error}");
        sim.heal();
        assert_eq!((session.health().live_buffers, session.health().degraded.limits_reached), (0, n));
    }
    assert!(read().unwrap().equals(&pattern(20 * PAGE)).unwrap());
    World { sim, session }.assert_clean();
}

#[test]
fn reports_keep_their_fields() {
    let world = World::new();
    let _buffer = world.session.buffer(8).unwrap();
    let health = world.session.health();
    let json = serde_json::to_value(health).unwrap();
    assert_eq!((&json["live_buffers"], &json["registered"]), (&1.into(), &1.into()));
    assert_eq!(json["footprint"]["slots"], health.footprint.slots);
    let degraded = json["degraded"].as_object().unwrap();
    assert_eq!(degraded.len(), health.degraded.iter().count());
    assert!(health.degraded.iter().all(|(kind, count)| degraded[kind] == count));
    assert_eq!(serde_json::to_value(world.session.audit()).unwrap()["dirty_slots"], 0);
    assert_eq!(
        serde_json::to_string(&world.session.purge()).unwrap(),
        r#"{"wiped":1,"handed_over":0,"corrupted":0,"failed":0,"pending":0,"pending_thread":null}"#
    );
    let preflight = memguard::preflight();
    let json = serde_json::to_value(&preflight).unwrap();
    assert_eq!(json["page_size"], preflight.page_size);
    assert_eq!(json["controls"].as_array().unwrap().len(), preflight.controls.len());
    assert_eq!(json["limits"], serde_json::to_value(preflight.limits).unwrap());
}
