//! Systems without locks of open file descriptions: stores lock as SQLite does.

use crate::file_id::FileId;

/// Does nothing.
pub(crate) fn prepare() {}

/// Does nothing.
pub(crate) fn is_store(_database: FileId) {}
