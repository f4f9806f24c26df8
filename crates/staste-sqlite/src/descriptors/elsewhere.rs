//! Systems without locks of open file descriptions: stores lock as SQLite does.

use crate::file_id::FileId;

/// Does nothing.
pub(crate) fn prepare() {}

/// Does nothing.
pub(crate) fn is_store(_database: FileId) {}

/// The shared memory that SQLite has open for a database: not known here.
pub(crate) fn shared_memory_of(_database: FileId) -> Option<FileId> {
    None
}
