//! `FollowRecord`: the record of the file that was followed last at a path.

use serde::{Deserialize, Serialize};
use staste::store::Store;

use super::file_identity::FileIdentity;
use crate::failure::{Failure, Result};

/// The file that was followed last at a path.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FollowRecord {
    pub(super) identity: FileIdentity,
    /// The hash of its first line, because a new file can have the inode of one that was deleted.
    pub(super) first_line: String,
    /// When the file, or one before it that may have uncounted rows, was written last before it was followed, in unix seconds.
    /// Files that were rotated since then are newer.
    pub(super) since: i64,
    /// The number of the stream of its rows; see [`Recognizer`](crate::import::Recognizer).
    pub(super) stream: u64,
}

impl FollowRecord {
    /// Returns true if both are records of the same file.
    pub(super) fn is_of_same_file(&self, other: &FollowRecord) -> bool {
        self.identity == other.identity && self.first_line == other.first_line
    }
}

/// Reads and writes the record of one path.
pub(crate) struct FollowRecords<'a> {
    store: &'a dyn Store,
    key: String,
}

impl<'a> FollowRecords<'a> {
    /// Returns the records of a Metrica for a source and path.
    pub(crate) fn new(store: &'a dyn Store, metrica: &str, source: &str, path: &str) -> FollowRecords<'a> {
        let hash = blake3::hash(&[source.as_bytes(), b"\0", path.as_bytes()].concat()).to_hex();
        FollowRecords { store, key: format!("import/{metrica}/follow/{hash}") }
    }

    /// Returns the record, if the path was followed before.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn read(&self) -> Result<Option<FollowRecord>> {
        let Some((_, value)) = self.store.records(&self.key)?.into_iter().next() else { return Ok(None) };
        serde_json::from_slice(&value).map(Some).map_err(|error| {
            Failure::failed(format!("the record {} of a followed file is invalid", self.key))
                .caused_by(&error)
                .help("if a newer version of staste wrote it, upgrade")
        })
    }

    /// Writes the record.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn write(&self, record: &FollowRecord) -> Result<()> {
        let value = serde_json::to_vec(record).map_err(|error| {
            Failure::failed("the record of a followed file cannot be encoded").caused_by(&error)
        })?;
        Ok(self.store.put_record(&self.key, Some(&value))?)
    }
}
