//! Checks documents and examples against the source.

mod documented;
mod examples;
mod left_out;
mod prompt;

// Without the feature the examples in the docs of `sync` compile to nothing.
crate::support::needs!(lockdep: examples_of_sync_in_docs);
