//! The arguments of a cargo command that decide which flags reach the compiler, and where its output goes.

use std::ffi::OsString;

const WITH_A_VALUE: [&str; 3] = ["--config", "--target", "--target-dir"];

/// These arguments and their values, in their order.
pub(crate) fn of(arguments: &[OsString]) -> Vec<&OsString> {
    let mut found = Vec::new();
    let mut arguments = arguments.iter().take_while(|&argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if WITH_A_VALUE.iter().any(|name| text == *name) {
            found.push(argument);
            found.extend(arguments.next());
        } else if WITH_A_VALUE.iter().any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))) {
            found.push(argument);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn flags_and_places_are_kept() {
        let words = |line: &str| line.split(' ').map(Into::into).collect::<Vec<_>>();
        let line = "test -p a --release --config x=['y'] some --target=z --target-dir t --targets -- --config no";
        let kept = words("--config x=['y'] --target=z --target-dir t");
        assert_eq!(super::of(&words(line)), kept.iter().collect::<Vec<_>>());
    }
}
