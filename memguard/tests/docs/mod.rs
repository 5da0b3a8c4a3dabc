//! Documents and examples, held against the source.

mod documented;
mod examples;
mod left_out;
