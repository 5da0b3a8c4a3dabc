//! The binary: its command line, its exit codes, its runs and their reports.

mod command;
mod command_line;
#[path = "../../../reports/tests/reports/json_schema.rs"]
mod json_schema;
mod own_scenario;
mod row;
mod rows;
mod runs;
mod unfit;
