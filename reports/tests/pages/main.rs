//! The pages of each kind of run: what is loaded, refused, rendered and written, and the binary that does so.

mod cli;
mod common;
mod fuzz;
mod models;
mod seeded_bugs;
mod stress_load;
mod stress_page;
mod stress_write;
