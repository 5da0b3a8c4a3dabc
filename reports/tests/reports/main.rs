//! Records, pages, and the folder that holds them.

mod bench;
mod check;
mod cli;
mod common;
mod fuzz;
mod json_schema;
mod kill_matrix;
mod models;
mod publish;
mod site;
mod stress_compare;
mod stress_html;
mod stress_join;
mod stress_load;
mod stress_page;
mod stress_schema;
mod verify;
