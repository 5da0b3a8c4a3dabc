//! Sleeping until a word changes: the two calls that locks and bells are made of. Each file here has them with the same
//! signatures:
//!
//! - `wait(word, value, until)` sleeps while `word` has this value, until it is woken. It returns `false` at the moment
//!   `until`, and `true` for every other reason. So its caller looks at the word after each wait. Looking at the word
//!   and going to sleep are one step: no call of `wake` comes in between.
//! - `wake(word, most)` wakes at most so many threads that wait for this word. First in, first out, so that none waits
//!   for ever.
//!
//! On Linux the kernel keeps the threads that wait, for each process its own. So a forked child inherits none, and no
//! lock that guards them. Elsewhere parking_lot_core keeps them in a table of the process. A child that was forked
//! while another thread was changing that table may wait for ever there.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod futex;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod parking;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in crate::sync::leaf) use futex::{wait, wake};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in crate::sync::leaf) use parking::{wait, wake};
