//! The record of one model, for the gate, the reports and people: `target/models/NAME.json`.

use crate::place;
use memguard_reports::models::Model;
use memguard_reports::{ReportError, write_json};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

/// Every model of this process that passed, in the order of their ends.
static RECORDS: Mutex<Vec<Model>> = Mutex::new(Vec::new());

/// Keeps the record, in the process for the gate and in a file for people.
pub(crate) fn keep(model: Model) -> Result<(), ReportError> {
    let written = write_json(&model, &path_of(&model.name, "json"));
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner).push(model);
    written
}

/// The records kept since the last call.
pub(crate) fn take() -> Vec<Model> {
    std::mem::take(&mut *RECORDS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Removes what an earlier run left, so that a model that fails now leaves no record.
pub(crate) fn forget(name: &str) -> io::Result<()> {
    for extension in ["json", "checkpoint"] {
        match fs::remove_file(path_of(name, extension)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Where the checkpoint of a model's failing execution is written.
pub fn checkpoint_of(name: &str) -> PathBuf {
    path_of(name, "checkpoint")
}

pub(crate) fn path_of(name: &str, extension: &str) -> PathBuf {
    place::target().join(format!("models/{name}.{extension}"))
}
