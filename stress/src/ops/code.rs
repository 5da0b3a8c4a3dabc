//! Prints programs as Rust code for a test.

use super::Program;
use serde::Serialize;
use std::fmt::Write;

impl Program {
    /// A test file that runs exactly this program.
    ///
    /// ```
    /// use memguard_stress::ops::{Op, Options, Program, Step};
    /// let program = Program { options: Options::default(), steps: vec![Step::Do(Op::Purge)] };
    /// assert!(program.to_code().contains("Step::Do(Op::Purge),"));
    /// ```
    pub fn to_code(&self) -> String {
        self.as_test(
            "//! A program that failed once, kept as a test.\n\n",
            "    program.run().unwrap_or_else(|violation| panic!(\"{violation}\"));\n",
        )
    }

    /// A test file that runs exactly this program under exactly this [`ByteSchedule`](crate::thread::ByteSchedule)
    /// and this [`clock`](crate::thread::run_in_time).
    ///
    /// ```
    /// use memguard_stress::ops::Program;
    /// assert!(Program::default().to_code_under(&[7, 9], 3).contains("let schedule = [7, 9];"));
    /// ```
    pub fn to_code_under(&self, schedule: &[u8], clock: u64) -> String {
        let bytes = schedule.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let schedule = wrapped(4, &format!("let schedule = [{bytes}];"));
        self.as_test(
            "//! A program that failed once under one schedule, kept as a test: `cargo deep` decides each step.\n\n\
             #![cfg(shuttle)]\n\n",
            &format!(
                "{schedule}\n    memguard_stress::thread::run_in_time(&schedule, {clock}, move || {{\n        \
                 program.run().unwrap_or_else(|violation| panic!(\"{{violation}}\"));\n    }});\n"
            ),
        )
    }

    fn as_test(&self, head: &str, run: &str) -> String {
        let mut code = format!(
            "{head}use memguard_stress::ops::*;\n\n\
             #[test]\n#[rustfmt::skip]\nfn keeps_every_guarantee() {{\n    let program = Program {{\n"
        );
        // Writing to a string does not fail.
        let _ =
            writeln!(code, "{}\n        steps: vec![", wrapped(8, &format!("options: {},", literal(&self.options))));
        for step in &self.steps {
            let _ = writeln!(code, "{}", wrapped(12, &format!("{},", literal(step))));
        }
        code + "        ],\n    };\n" + run + "}\n"
    }
}

/// The code with this indentation. Its lines have at most 120 columns, because they break at spaces.
fn wrapped(indent: usize, code: &str) -> String {
    const COLUMNS: usize = 120;
    let mut lines = vec![" ".repeat(indent)];
    for word in code.split_inclusive(' ') {
        let last = lines.len() - 1;
        if lines[last].len() + word.trim_end().len() > COLUMNS {
            lines.push(" ".repeat(indent + 4));
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn literal(value: &impl Serialize) -> String {
    let literal = uneval::to_string(value).unwrap_or_else(|error| format!("/* {error} */"));
    // uneval writes lists for any collection, and numbers with their types. Here the types are known.
    let literal =
        literal.replace("].into_iter().collect()", "]").replace("u8", "").replace("u16", "").replace("u32", "");
    literal.replace('{', "{ ").replace('}', " }").replace(',', ", ")
}
