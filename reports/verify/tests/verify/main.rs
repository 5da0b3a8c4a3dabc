//! Runs made-up steps, and the program with its command line.

mod checkout;
mod cli;
mod page;
mod run;
mod signals;
