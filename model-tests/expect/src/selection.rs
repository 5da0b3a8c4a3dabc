//! Which tests or benches a cargo command selects, by asking the programs that it would run.

use std::ffi::{OsStr, OsString};

/// Arguments that make cargo run nothing. The caller wants that.
const RUN_NOTHING: [&str; 6] = ["--no-run", "--help", "-h", "--version", "-V", "--list"];

/// A `cargo test` or `cargo bench` command.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    /// How the programs end the line of each name.
    kind: &'static str,
    to_cargo: &'a [OsString],
    to_programs: &'a [OsString],
}

impl<'a> Selection<'a> {
    /// `None` if the command runs no tests, or if it is not meant to.
    pub(crate) fn of(arguments: &'a [OsString]) -> Option<Self> {
        let kind = match arguments.first()?.to_str()? {
            "test" => ": test",
            "bench" => ": benchmark",
            _ => return None,
        };
        let is_one_of = |argument: &OsString| RUN_NOTHING.iter().any(|other| argument == other);
        if arguments.iter().any(is_one_of) {
            return None;
        }
        let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
        let (to_cargo, rest) = arguments.split_at(end);
        Some(Self { kind, to_cargo, to_programs: rest.get(1..).unwrap_or_default() })
    }

    /// The arguments that build and run nothing.
    pub(crate) fn build(&self) -> impl Iterator<Item = &'a OsStr> {
        self.to_cargo.iter().map(OsString::as_os_str).chain([OsStr::new("--no-run")])
    }

    /// The arguments that print the names.
    pub(crate) fn list(&self) -> impl Iterator<Item = &'a OsStr> {
        let own = |words: &'a [OsString]| words.iter().map(OsString::as_os_str);
        own(self.to_cargo).chain([OsStr::new("--")]).chain(own(self.to_programs)).chain([OsStr::new("--list")])
    }

    /// How many names the programs printed.
    pub(crate) fn names_in(&self, printed: &str) -> usize {
        printed.lines().filter(|line| line.ends_with(self.kind)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use std::ffi::{OsStr, OsString};

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    /// The commands that build and that list, for a command line.
    fn asked(line: &str) -> Option<[String; 2]> {
        let arguments = words(line);
        let selection = Selection::of(&arguments)?;
        let joined = |words: Vec<&OsStr>| words.join(OsStr::new(" ")).into_string().unwrap();
        Some([joined(selection.build().collect()), joined(selection.list().collect())])
    }

    #[test]
    fn names_are_asked_for_with_the_same_arguments() {
        let wanted = ["test -p a some --no-run", "test -p a some -- --list"].map(str::to_owned);
        assert_eq!(asked("test -p a some"), Some(wanted));
        let wanted = ["test -p a --no-run", "test -p a -- --exact one --list"].map(str::to_owned);
        assert_eq!(asked("test -p a -- --exact one"), Some(wanted));
    }

    #[test]
    fn a_command_that_is_meant_to_run_nothing_is_not_asked() {
        for line in ["test --no-run", "test some -- --list", "test --help", "run --example replay", "build"] {
            assert_eq!(asked(line), None, "{line}");
        }
    }

    #[test]
    fn names_are_counted() {
        let tests = words("test");
        let tests = Selection::of(&tests).unwrap();
        assert_eq!(tests.names_in("lease.waits: test\nmeta::x: test\n\n2 tests, 0 benchmarks\n"), 2);
        assert_eq!(tests.names_in("\n0 tests, 0 benchmarks\n"), 0);
        let benches = words("bench");
        let benches = Selection::of(&benches).unwrap();
        assert_eq!(benches.names_in("a test that is no bench: test\nseal/32: benchmark\n"), 1);
    }
}
