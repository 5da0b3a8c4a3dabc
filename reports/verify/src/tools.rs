//! The programs that steps need.

use std::process::{Command, Stdio};

/// A program that a step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// Its name, for people.
    pub name: &'static str,
    /// A command line that succeeds if the program is there.
    pub probe: &'static [&'static str],
    /// What installs it.
    pub install: &'static str,
}

impl Tool {
    /// What to do, if the program is missing.
    pub fn missing(&self) -> Option<String> {
        let [program, arguments @ ..] = self.probe else { return None };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => None,
            _ => Some(format!("needs {}, which is missing: {}", self.name, self.install)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tool;

    #[test]
    fn what_is_missing_is_named_with_what_installs_it() {
        let tool = |probe| Tool { name: "a tool", probe, install: "apt-get install tool" };
        assert_eq!(tool(&["true"]).missing(), None);
        let wanted = Some("needs a tool, which is missing: apt-get install tool".to_owned());
        for probe in [&["memguard-no-such-program", "--version"][..], &["false"]] {
            assert_eq!(tool(probe).missing(), wanted);
        }
    }
}
