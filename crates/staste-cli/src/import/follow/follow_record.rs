//! `FollowRecords`: the record of the files that were followed at a path, by which they are distinguished.

use serde::{Deserialize, Serialize};
use staste::store::Store;

use super::file_identity::FileIdentity;
use crate::failure::{Failure, Result};

/// Maximum number of files in a record. Rotated files that are older were counted long ago.
const MAX_FILES: usize = 32;
/// Maximum number of streams of a file. A file has one for each start of the program.
const MAX_STREAMS: usize = 1000;

/// The start of a file, by which its copies are recognized, and by which it is noticed that the file was written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileHead {
    bytes: usize,
    hash: String,
}

/// A file that was followed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FollowedFile {
    identity: FileIdentity,
    head: FileHead,
    /// When the file, or one before it that may have uncounted rows, was written last before it was followed, in unix seconds.
    /// Files that were rotated since then are newer.
    pub(super) since: i64,
    /// The time of its first row, in seconds; none without dates.
    begins: Option<i64>,
    /// The numbers of the streams of its counted rows; see [`Recognizer`](crate::import::Recognizer).
    streams: Vec<u64>,
}

/// A file, as it is looked up in the record.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileStart<'a> {
    pub(super) identity: FileIdentity,
    /// Its first bytes.
    pub(super) head: &'a [u8],
    /// The time of its first row, in seconds; none without dates.
    pub(super) begins: Option<i64>,
}

/// The streams of the record.
#[derive(Debug, Default)]
pub(super) struct KnownStreams {
    /// Those of the file, if it is known.
    pub(super) own: Vec<u64>,
    /// Those of other files, of which it has no row.
    pub(super) others: Vec<u64>,
}

/// Where a file is in the record.
enum Position {
    Known(usize),
    Unknown,
    /// Several files start in the same way.
    Ambiguous,
}

impl FollowedFile {
    fn new(file: &FileStart<'_>, since: i64, stream: u64) -> FollowedFile {
        let FileStart { identity, head, begins } = *file;
        FollowedFile { identity, head: FileHead::of(head), since, begins, streams: vec![stream] }
    }

    fn add(&mut self, stream: u64) {
        if !self.streams.contains(&stream) {
            self.streams.push(stream);
            let surplus = self.streams.len().saturating_sub(MAX_STREAMS);
            self.streams.drain(..surplus);
        }
    }
}

/// The files that were followed at a path, the last one at the end.
pub(crate) struct FollowRecords<'a> {
    store: &'a dyn Store,
    key: String,
    files: Vec<FollowedFile>,
}

impl FileHead {
    /// Returns the start of a file with these first bytes.
    pub(super) fn of(head: &[u8]) -> FileHead {
        FileHead { bytes: head.len(), hash: blake3::hash(head).to_hex().to_string() }
    }

    /// Returns true if a file with these first bytes starts in this way.
    fn is_start_of(&self, head: &[u8]) -> bool {
        head.get(..self.bytes).is_some_and(|head| FileHead::of(head) == *self)
    }
}

impl<'a> FollowRecords<'a> {
    /// Returns the record of a path for a Metrica and source, without reading it.
    pub(crate) fn new(store: &'a dyn Store, metrica: &str, source: &str, path: &str) -> FollowRecords<'a> {
        let hash = blake3::hash(&[source.as_bytes(), b"\0", path.as_bytes()].concat()).to_hex();
        FollowRecords { store, key: format!("import/{metrica}/follow/{hash}"), files: Vec::new() }
    }

    /// Reads the record.
    ///
    /// # Errors
    /// When the store cannot be reached, or has an invalid record.
    pub(super) fn read(&mut self) -> Result<()> {
        let Some((_, value)) = self.store.records(&self.key)?.into_iter().next() else { return Ok(()) };
        self.files = serde_json::from_slice(&value).map_err(|error| {
            Failure::failed(format!("the record {} of a followed file is invalid", self.key))
                .caused_by(&error)
                .help("if a newer version of staste wrote it, upgrade")
        })?;
        Ok(())
    }

    /// Returns the file that was followed last.
    pub(super) fn last(&self) -> Option<&FollowedFile> {
        self.files.last()
    }

    /// Returns the streams of a rotated file, and those of the others. A file with another identity is a copy if it has the
    /// start of one file only. Returns none if it has that of several, so that its rows may be those of any.
    pub(super) fn streams_of(&self, file: &FileStart<'_>) -> Option<KnownStreams> {
        let own = match self.position(file) {
            Position::Known(position) => self.files.get(position).map(|file| file.streams.clone()),
            Position::Unknown => Some(Vec::new()),
            Position::Ambiguous => None,
        }?;
        Some(self.besides(own))
    }

    /// Returns the streams of the file that was followed last if it is resumed, or of a new one, and those of the others.
    pub(super) fn streams_of_current(&self, is_resumed: bool) -> KnownStreams {
        let own = self.last().filter(|_| is_resumed).map(|file| file.streams.clone());
        self.besides(own.unwrap_or_default())
    }

    fn besides(&self, own: Vec<u64>) -> KnownStreams {
        let all = self.files.iter().flat_map(|file| &file.streams);
        KnownStreams { others: all.copied().filter(|stream| !own.contains(stream)).collect(), own }
    }

    /// Returns true if a file was never followed and begins before the one that was followed last. A file that nobody followed
    /// yet is newer, so that this one has other rows now, and they may be counted.
    pub(super) fn is_older_unknown(&self, file: &FileStart<'_>) -> bool {
        let last = self.last().and_then(|last| last.begins);
        let is_older = file.begins.zip(last).is_some_and(|(begins, last)| begins < last);
        is_older && matches!(self.position(file), Position::Unknown)
    }

    fn position(&self, file: &FileStart<'_>) -> Position {
        let FileStart { identity, head, .. } = *file;
        let like = |(_, file): &(usize, &FollowedFile)| file.head.is_start_of(head);
        let mut known = self.files.iter().enumerate().rev().filter(like);
        if let Some((position, _)) = known.clone().find(|(_, file)| file.identity == identity) {
            return Position::Known(position);
        }
        match (known.next(), known.next()) {
            (Some((position, _)), None) => Position::Known(position),
            (Some(_), Some(_)) => Position::Ambiguous,
            (None, _) => Position::Unknown,
        }
    }

    /// Adds the stream of a file that is followed from now on, or again if it is resumed.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn add_current(
        &mut self,
        file: &FileStart<'_>,
        since: i64,
        stream: u64,
        is_resumed: bool,
    ) -> Result<()> {
        match self.files.last_mut().filter(|_| is_resumed) {
            Some(file) => file.add(stream),
            None => self.files.push(FollowedFile::new(file, since, stream)),
        }
        self.write()
    }

    /// Adds the stream of a rotated file, before its rows are counted.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(super) fn add_rotated(&mut self, file: &FileStart<'_>, stream: u64) -> Result<()> {
        match self.position(file) {
            Position::Known(position) => {
                self.files.get_mut(position).into_iter().for_each(|file| file.add(stream));
            }
            Position::Unknown => {
                let since = self.last().map_or(i64::MAX, |file| file.since);
                let place = self.files.len().saturating_sub(1);
                self.files.insert(place, FollowedFile::new(file, since, stream));
            }
            Position::Ambiguous => return Ok(()),
        }
        self.write()
    }

    fn write(&mut self) -> Result<()> {
        let surplus = self.files.len().saturating_sub(MAX_FILES);
        self.files.drain(..surplus);
        let value = serde_json::to_vec(&self.files).map_err(|error| {
            Failure::failed("the record of a followed file cannot be encoded").caused_by(&error)
        })?;
        Ok(self.store.put_record(&self.key, Some(&value))?)
    }

    /// Returns true if the file that was followed last is the one with this identity and start.
    pub(super) fn is_last(&self, file: &FileStart<'_>) -> bool {
        self.last().is_some_and(|last| last.identity == file.identity && last.head.is_start_of(file.head))
    }
}

#[cfg(test)]
mod tests {
    use staste::MemoryStore;

    use super::*;

    fn start(identity: FileIdentity, head: &[u8]) -> FileStart<'_> {
        let begins = i64::try_from(head.len()).ok();
        FileStart { identity, head, begins }
    }

    #[test]
    fn streams_are_those_of_the_file_or_of_the_one_it_is_a_copy_of() {
        let store = MemoryStore::new();
        let folder = tempfile::tempdir().unwrap();
        let ids: Vec<FileIdentity> = ["a", "b", "c", "d"]
            .map(|name| {
                std::fs::write(folder.path().join(name), "").unwrap();
                FileIdentity::of(&std::fs::metadata(folder.path().join(name)).unwrap())
            })
            .to_vec();
        let mut records = FollowRecords::new(&store, "hits", "", "/a.log");
        records.add_current(&start(ids[0], b"first\n"), 1, 10, false).unwrap();
        records.add_current(&start(ids[0], b"first\n"), 1, 11, true).unwrap();
        records.add_current(&start(ids[1], b"second\n"), 2, 20, false).unwrap();
        let mut read = FollowRecords::new(&store, "hits", "", "/a.log");
        read.read().unwrap();
        let streams = |records: &FollowRecords<'_>, identity, head: &[u8]| {
            records.streams_of(&start(identity, head)).map(|streams| (streams.own, streams.others))
        };
        let expected = |own: &[u64], others: &[u64]| Some((own.to_vec(), others.to_vec()));
        assert_eq!(streams(&read, ids[0], b"first\nmore\n"), expected(&[10, 11], &[20]), "the file");
        assert_eq!(streams(&read, ids[2], b"second\nmore\n"), expected(&[20], &[10, 11]), "a copy");
        assert_eq!(streams(&read, ids[2], b"third\n"), expected(&[], &[10, 11, 20]), "another file");
        assert_eq!(streams(&read, ids[1], b"third\n"), expected(&[], &[10, 11, 20]), "written anew");
        assert!(read.is_last(&start(ids[1], b"second\nmore\n")) && !read.is_last(&start(ids[1], b"third\n")));
        assert_eq!(read.streams_of_current(true).own, [20]);
        assert_eq!(read.streams_of_current(false).own, [0; 0]);
        let old = FileStart { begins: Some(1), ..start(ids[2], b"third\n") };
        assert!(read.is_older_unknown(&old) && !read.is_older_unknown(&FileStart { begins: Some(7), ..old }));
        assert!(
            !read.is_older_unknown(&FileStart { begins: Some(1), ..start(ids[2], b"second\n") }),
            "a copy"
        );
        read.add_rotated(&start(ids[2], b"third\n"), 30).unwrap();
        read.add_rotated(&start(ids[0], b"first\nmore\n"), 12).unwrap();
        assert_eq!(streams(&read, ids[2], b"third\n"), expected(&[30], &[10, 11, 12, 20]));
        assert!(read.is_last(&start(ids[1], b"second\n")), "the current file stays the last one");
        read.add_current(&start(ids[2], b"second\n"), 3, 40, false).unwrap();
        assert_eq!(streams(&read, ids[3], b"second\n"), None, "a copy of one of two");
    }
}
