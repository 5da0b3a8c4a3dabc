//! Programs as Rust code, to be pasted into a test.

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
        let mut code = String::from(
            "//! A program that was found, to be kept as a test.\n\n\
             use memguard_stress::ops::*;\n\n\
             #[test]\n#[rustfmt::skip]\nfn keeps_every_promise() {\n    let program = Program {\n",
        );
        // WriteCall to a string does not fail.
        let _ = writeln!(code, "        options: {},\n        steps: vec![", literal(&self.options));
        for step in &self.steps {
            let _ = writeln!(code, "            {},", literal(step));
        }
        code + "        ],\n    };\n    program.run().unwrap_or_else(|violation| panic!(\"{violation}\"));\n}\n"
    }
}

fn literal(value: &impl Serialize) -> String {
    let literal = uneval::to_string(value).unwrap_or_else(|error| format!("/* {error} */"));
    // It writes any list so that any collection could be made of it. These are vectors, and their numbers have one type
    // each.
    let literal = literal.replace("].into_iter().collect()", "]").replace("u8", "").replace("u16", "");
    literal.replace('{', "{ ").replace('}', " }").replace(',', ", ")
}
