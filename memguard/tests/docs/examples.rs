//! The examples run and print what they should.

#![allow(clippy::disallowed_methods, reason = "a test of programs that talk")]

use memguard::preflight;
use std::fs::DirEntry;
use std::io::Write;
#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

/// The program. `cargo test` builds it with the tests. A run of this test alone does not build it. Then this function
/// builds it, if it is missing or older than what it is built from.
pub(super) fn example(name: &str) -> Command {
    let profile = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let program: PathBuf = profile.join("examples").join(name);
    let memguard = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["examples", "src", "lockdep/src"].map(|folder| last_written(&memguard.join(folder)));
    if program.metadata().and_then(|file| file.modified()).ok() < sources.into_iter().max().flatten() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--examples"]);
        build.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the examples can be built");
    }
    Command::new(program)
}

/// When the last file in this folder was written.
fn last_written(folder: &Path) -> Option<SystemTime> {
    let written = |entry: DirEntry| match entry.file_type().unwrap().is_dir() {
        true => last_written(&entry.path()),
        false => entry.metadata().unwrap().modified().ok(),
    };
    folder.read_dir().unwrap().map(|entry| written(entry.unwrap())).max().flatten()
}

fn run(name: &str, input: &[u8]) -> Output {
    let mut command = example(name);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{}: {text}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    text
}

/// A reader of the manual finds each example, and each program of the recipes.
#[test]
fn the_manual_lists_every_program() {
    let page = include_str!("../../src/manual/recipes.md");
    let mut read = 0;
    for (folder, kind) in [("examples", "example"), ("recipes/src/bin", "recipe")] {
        for entry in Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).read_dir().unwrap() {
            let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            assert!(page.contains(&format!("| {kind} `{name}` |")), "recipes.md does not list {kind} `{name}`");
            read += 1;
        }
    }
    assert!(read >= 14, "only {read} programs: they have moved");
}

#[test]
fn key_server() {
    let said = said(&run("key_server", b""));
    assert_eq!(said.matches("from client").count(), 4, "{said}");
    assert!(said.ends_with("all clients served\n"), "{said}");
}

#[test]
fn tenants() {
    assert_eq!(said(&run("tenants", b"")), "globex: 2 secrets, 1 buffers open, 0 purges\n");
}

/// The crate's page has the program of the README, as a doctest.
#[test]
fn the_program_of_the_readme_is_a_doctest() {
    let (_, behind) = include_str!("../../../README.md").split_once("```rust\n").expect("it has a program");
    let (program, _) = behind.split_once("```").expect("the program ends");
    let commented: String = program.lines().map(|line| format!("//! {line}").trim_end().to_owned() + "\n").collect();
    assert!(include_str!("../../src/lib.rs").contains(&format!("//! ```\n{commented}//! ```\n")), "{commented}");
}

/// The program searches memory and checks its rows. What the README says of memguard is what the program finds here.
/// The other rows depend on the compiler and the allocator.
#[test]
fn memory_scan() {
    let said = said(&run("memory_scan", b""));
    let readme = include_str!("../../../README.md");
    for (name, figures) in
        [("`Buffer`", "|0|0|1|0|"), ("`Enclave`, sealed", "|0|0|0|0|"), ("`Enclave`, while", "|0|0|1|0|")]
    {
        let row = said.lines().find(|row| row.contains(name)).unwrap_or_else(|| panic!("no row {name}: {said}"));
        assert!(row.replace(' ', "").ends_with(figures), "{name}: {said}");
        assert!(readme.contains(row), "README.md does not have the row that the program prints: {row}");
    }
}

/// The manual has the table that the program prints.
#[test]
fn memlock_table() {
    if preflight().page_size != 4096 {
        eprintln!("not compared: the table is of pages of 4 KiB, and larger ones need more locked memory");
        return;
    }
    let said = said(&run("memlock_table", b""));
    assert_eq!(said.lines().count(), 10, "{said}");
    let manual = include_str!("../../src/manual/containers.md");
    assert!(manual.contains(&said), "containers.md does not have the table that the program prints:\n{said}");
}

/// 600 sessions with a limit that two pages for each would exceed. Each opens its secret, which another idle one gives
/// way for, and one thread serves them all.
#[cfg(target_os = "linux")]
#[test]
fn many_sessions() {
    let mut command = with_locked_memory("many_sessions", 256 * page());
    command.args(["600", "0"]);
    let said = said(&command.output().unwrap());
    for moment in ["600 sessions, ", "each opened its secret, ", "idle for 0 s, "] {
        let line = said.lines().find(|line| line.starts_with(moment)).unwrap_or_else(|| panic!("no {moment}: {said}"));
        assert!(line.ends_with(" 2 threads"), "{line}");
    }
    assert!(page() != 4096 || said.ends_with("their keys: 40 KiB locked\n"), "{said}");
}

#[cfg(target_os = "linux")]
fn page() -> libc::rlim_t {
    rustix::param::page_size() as libc::rlim_t
}

/// The program, which can lock so many bytes and no more.
#[cfg(target_os = "linux")]
fn with_locked_memory(name: &str, bytes: libc::rlim_t) -> Command {
    const CAP_IPC_LOCK: libc::c_ulong = 14;
    let mut command = example(name);
    // SAFETY: the child makes two system calls before it runs the program. They allocate nothing and take no lock.
    unsafe {
        command.pre_exec(move || {
            // Who has this privilege may lock without limit. A user without privileges has nothing to give up.
            libc::prctl(libc::PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0);
            let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
            match libc::setrlimit(libc::RLIMIT_MEMLOCK, &raw const limit) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        })
    };
    command
}

#[test]
fn derived_key() {
    assert_eq!(said(&run("derived_key", b"hunter2\n")), "a key of 32 bytes, sealed\n");
}

#[test]
fn keys_in_place() {
    assert_eq!(said(&run("keys_in_place", b"")), "authenticated, encrypted and signed\n");
}

#[test]
fn stream_filter() {
    let input: Vec<u8> = (0..1_000_000u32).map(|at| (at % 251) as u8).collect();
    let output = run("stream_filter", &input);
    assert!(output.status.success());
    assert_eq!(output.stdout, input);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "1000000 bytes, encrypted in memory\n");
}

#[test]
fn password_prompt_from_a_pipe() {
    for input in [&b"hunter2\n"[..], b"hunter2", b"hunter2\nnot this\n"] {
        assert_eq!(said(&run("password_prompt", input)), "a password of 7 bytes, sealed\n");
    }
    let output = run("password_prompt", b"\n");
    assert!(!output.status.success(), "nothing is no password");
}

#[test]
fn forked_workers() {
    assert_eq!(said(&run("forked_workers", b"")), "3 workers have the key\n");
}

/// In a container with 64 KiB of locked memory, as many secrets fit as the manual says.
#[test]
#[cfg(target_os = "linux")]
fn what_fits_into_64_kib() {
    if preflight().page_size != 4096 {
        eprintln!("not compared: the figures are of pages of 4 KiB");
        return;
    }
    let said = said(&with_locked_memory("what_fits", 64 << 10).output().unwrap());
    let figure = |name| said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{said}"));
    let manual = include_str!("../../src/manual/containers.md");
    for row in [
        format!("a page each | {} |", figure("a page each: ")),
        format!("about 124 on a page | {} |", figure("packed: ")),
    ] {
        assert!(manual.contains(&row), "containers.md does not have the figure that the program prints: {row}");
    }
    assert_eq!(figure("sealed: "), "all 2000");
}
