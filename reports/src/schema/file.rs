//! Reading and writing whole files. A reader never sees a partial file.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::schema::error::ReportError;

pub(crate) fn read(path: &Path) -> Result<String, ReportError> {
    fs::read_to_string(path).map_err(|cause| ReportError::Read { path: path.to_owned(), cause })
}

/// What is in a folder, by name.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let unread = |cause| ReportError::Read { path: folder.to_owned(), cause };
    let entries = fs::read_dir(folder).map_err(unread)?.map(|entry| Ok(entry?.path()));
    let mut found = entries.collect::<Result<Vec<_>, _>>().map_err(unread)?;
    found.sort();
    Ok(found)
}

/// The `schema` field of `json`, which decides how to read the rest.
///
/// It is read first and alone. A file of another version has another shape, and "unknown schema" is a better message
/// than "missing field".
pub(crate) fn schema_of(path: &Path, json: &str) -> Result<Option<String>, ReportError> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(default)]
        schema: serde_json::Value,
    }
    let envelope: Envelope = parse(path, json)?;
    Ok(envelope.schema.as_str().map(str::to_owned))
}

pub(crate) fn parse<T: DeserializeOwned>(path: &Path, json: &str) -> Result<T, ReportError> {
    serde_json::from_str(json).map_err(|cause| ReportError::Malformed { path: path.to_owned(), cause })
}

/// Writes `text` to `path`. A reader sees the old file or the new one, never a part: the text goes to a temporary file
/// in the same directory, which is synced and renamed. The directory is created if it is missing.
///
/// # Errors
///
/// [`ReportError::NotAFile`] if something other than a regular file is at `path`: root would otherwise replace
/// `/dev/null`. [`ReportError::Write`] if the system refuses any step. The old file is untouched then.
pub fn write_atomically(path: &Path, text: &str) -> Result<(), ReportError> {
    let refused = |cause| ReportError::Write { path: path.to_owned(), cause };
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            return Err(ReportError::NotAFile { path: path.to_owned() });
        }
        Ok(_) => {}
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(refused(cause)),
    }
    // A bare file name has an empty parent. Both calls below take that for the current directory.
    let dir = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(dir).map_err(refused)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".memguard-report-");
    // Temporary files are private by default. The umask decides who may read a report, as with other files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(dir).map_err(refused)?;
    file.write_all(text.as_bytes()).map_err(refused)?;
    // Without this, a crash of the machine soon after the rename may leave an empty file under the final name.
    file.as_file().sync_all().map_err(refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}
