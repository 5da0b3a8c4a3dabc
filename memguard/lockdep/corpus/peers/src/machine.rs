//! Where and with what the table was made.

use std::fs;
use std::process::Command;

/// The lines for the top of the page.
pub fn lines() -> Vec<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("unknown", |it| it.1);
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let versions =
        ["tracing-mutex", "parking_lot", "no_deadlocks", "shuttle"].map(|name| format!("{name} {}", locked(name)));
    vec![
        format!("Date: {}", said_by("date", &["-u", "+%Y-%m-%d"])),
        format!("Machine: {model}, {count} threads, {}", said_by("uname", &["-sr"])),
        format!("Compiler: {}", said_by("rustc", &["--version"])),
        format!("Versions: {}", versions.join(", ")),
        "Command: `cargo run` in `memguard/lockdep/corpus/peers`".to_owned(),
    ]
}

/// The version in the lock file.
fn locked(name: &str) -> &'static str {
    let start = format!("name = \"{name}\"");
    let mut lines = include_str!("../Cargo.lock").lines().skip_while(|line| *line != start);
    lines.nth(1).and_then(|line| line.split('"').nth(1)).unwrap_or("?")
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or("unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
