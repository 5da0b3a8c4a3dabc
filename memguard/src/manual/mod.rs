//! The manual: one page for each subject that concerns several items.
//!
//! | page | subject |
//! |---|---|
//! | [`recipes`] | programs to start from, by subject |
//! | [`asynchronous`] | accesses in `async` code |
//! | [`tests`] | tests in one process that share the default session |
//! | [`fork`] | what a forked child can do |
//! | [`containers`] | little locked memory, or none |
//! | `serde`, with the feature of that name | secrets from serde's formats, straight into locked pages |
//! | [`traits`] | the traits of secrets, guards and errors, beside other crates |
//! | [`go_memguard`] | the Go library of the same name, function by function |

#[doc = include_str!("recipes.md")]
pub mod recipes {}

#[doc = include_str!("asynchronous.md")]
pub mod asynchronous {}

#[doc = include_str!("tests.md")]
pub mod tests {}

#[doc = include_str!("fork.md")]
pub mod fork {}

#[doc = include_str!("containers.md")]
pub mod containers {}

#[cfg(feature = "serde")]
#[doc = include_str!("serde.md")]
pub mod serde {}

#[doc = include_str!("traits.md")]
pub mod traits {}

#[doc = include_str!("go.md")]
pub mod go_memguard {}
