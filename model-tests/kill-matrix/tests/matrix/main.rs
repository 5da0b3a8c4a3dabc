//! The kill matrix, on a small workspace with detectors of the tests.

mod command;
mod common;
mod headers;
mod logs;
mod run;
