//! Checks documents and examples against the source.

mod documented;
mod examples;
mod left_out;
