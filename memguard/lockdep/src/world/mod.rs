//! All that the checker knows: the threads, the graph, the reports. A thread comes here only with something new.

mod forgetting;
mod hangs;
mod learn;
mod lent;
mod lives;
pub(crate) mod notification;
mod past;
mod records;
mod reports;
mod state;

pub(crate) use forgetting::{end_event, forget, forget_lock};
pub(crate) use hangs::falls_asleep;
pub(crate) use learn::{learn, learn_possible_wait, learn_writer};
pub(crate) use lent::{end_loans, released_for_another};
pub(crate) use lives::{begin_thread, end_thread, end_work, fork_thread, join_thread};
pub(crate) use records::{abandon_record, adopt_record, held, make_tables, records, return_record, threads};
pub(crate) use reports::{all_reports, graph_and_reports, observe};
pub(crate) use state::{declare, next_instance};
