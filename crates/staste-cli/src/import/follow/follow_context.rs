//! `FollowContext`: opens the files of a follower, and finds the records of what was counted of them.

use std::path::Path;
use std::time::Duration;

use super::follow_record::FollowRecords;
use crate::failure::{Failure, Result};
use crate::import::{FileImport, Ledger};
use crate::input::InputStream;
use crate::output::printable;

/// Time between two reads of the inputs.
pub(super) const INTERVAL: Duration = Duration::from_millis(200);

/// Opens imports of files and streams with the options of the command.
pub(crate) trait Opener {
    /// Returns the import of a stream.
    ///
    /// # Errors
    /// When the stream cannot be read, or a column is missing.
    fn import(&self, stream: InputStream) -> Result<FileImport>;

    /// Returns the import of a file.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    fn open(&self, path: &Path) -> Result<FileImport>;

    /// Returns the import of a file that was rotated from a path, whose name shows its format.
    ///
    /// # Errors
    /// As [`import`](Self::import).
    fn open_rotated(&self, path: &Path, followed: &Path) -> Result<FileImport>;
}

/// Opens imports, and finds the records of what was counted of them.
pub(crate) trait FollowContext<'a>: Opener {
    /// Returns the records of what was counted of the source of a path.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    fn ledger(&self, path: &Path, file: &FileImport) -> Result<Ledger<'a>>;

    /// Returns the records of the files that were followed at a path.
    fn records(&self, path: &Path) -> FollowRecords<'a>;
}

/// Returns the import of a stream that can grow.
///
/// # Errors
/// When the stream cannot be read as it grows.
pub(super) fn import_live(opener: &dyn Opener, stream: InputStream) -> Result<FileImport> {
    let problem = if stream.is_json_list() {
        Some(("is a JSON list, which is complete only at its last bracket", "write one object per line"))
    } else if stream.is_utf16() {
        Some(("is in UTF-16", "convert it to UTF-8, such as with iconv, and follow the output"))
    } else {
        None
    };
    match problem {
        None => opener.import(stream.into_live()),
        Some((problem, remedy)) => {
            let name = printable(stream.name());
            Err(Failure::input(format!("{name}: it {problem}, so it cannot be followed")).help(remedy))
        }
    }
}
