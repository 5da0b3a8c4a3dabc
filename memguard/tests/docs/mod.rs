//! Documents and examples, held against the source.

mod documented;
mod examples;
