//! The same functions on systems without locks of open file descriptions: stores lock as SQLite does.

use crate::file_id::FileId;

/// Does nothing.
pub(crate) fn prepare() {}

/// Does nothing.
pub(crate) fn register_store(_database: FileId) {}

/// Returns `None`: the open shared memory of a database is not known on this system.
pub(crate) fn shared_memory_of(_database: FileId) -> Option<FileId> {
    None
}
