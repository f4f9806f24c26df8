//! `LiveImport` and `LiveFile`: the import of a stream or file that grows.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::file_identity::FileIdentity;
use crate::failure::Result;
use crate::import::{FileImport, Ledger, Recognizer, Session};

/// Number of bytes at the start of a file by which it is recognized that the file was written anew.
pub(super) const HEAD_BYTES: usize = 512;
/// Number of bytes that are searched for the first newline.
const MAX_FIRST_LINE: u64 = 1 << 20;
/// A renamed file is complete if it has not grown for this time. Until then its writer may have it open.
const COMPLETE_AFTER: Duration = Duration::from_secs(60);

/// The import of a stream that grows.
pub(super) struct LiveImport<'a> {
    import: FileImport,
    recognizer: Recognizer<'a>,
}

/// An open file with at least one line.
pub(super) struct OpenedFile {
    pub(super) file: File,
    pub(super) identity: FileIdentity,
    /// When it was written last, in unix seconds.
    pub(super) modified: i64,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
}

/// A file that is followed.
pub(super) struct LiveFile<'a> {
    opened: OpenedFile,
    pub(super) import: LiveImport<'a>,
    last_growth: Instant,
}

impl<'a> LiveImport<'a> {
    /// Begins the import of a stream.
    ///
    /// # Errors
    /// When the stream or the store fails, or the stream is refused.
    pub(super) fn begin(
        mut import: FileImport,
        mut ledger: Ledger<'a>,
        session: &mut Session<'_>,
    ) -> Result<LiveImport<'a>> {
        import.set_live(true);
        ledger.recognizer.follow();
        import.skip_chain(&ledger.chain, session)?;
        Ok(LiveImport { import, recognizer: ledger.recognizer })
    }

    /// Returns the number of bytes read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.import.bytes_read()
    }

    /// Counts the rows that were written since the last time. Returns the number of bytes read.
    ///
    /// # Errors
    /// When the stream or the store fails, or the stream is refused.
    pub(super) fn read(&mut self, session: &mut Session<'_>) -> Result<u64> {
        let before = self.bytes_read();
        self.import.resume();
        self.import.read_rows(Some(&mut self.recognizer), session)?;
        Ok(self.bytes_read() - before)
    }

    /// Ends the import. If the stream is complete, its last row is counted even if it has no newline, where the format allows
    /// that.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(super) fn finish(mut self, is_complete: bool, session: &mut Session<'_>) -> Result<()> {
        if is_complete {
            self.import.set_live(false);
            self.read(session)?;
        }
        self.import.finish(session);
        Ok(())
    }
}

impl OpenedFile {
    /// Opens a file. Returns none if it does not exist or has no complete line yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(path: &Path) -> io::Result<Option<OpenedFile>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let has_line = has_line(&file)?;
        let metadata = file.metadata()?;
        let (identity, modified) = (FileIdentity::of(&metadata), metadata.mtime());
        let head = head_of(&file, HEAD_BYTES)?;
        Ok(has_line.then_some(OpenedFile { file, identity, modified, head }))
    }

    /// Returns true if the file was truncated or written anew after its first `bytes` bytes were read.
    fn has_changed(&self, bytes: u64) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() < bytes || head_of(&self.file, self.head.len())? != self.head)
    }
}

/// Returns true if a file starts with a complete line, or with one that is too long.
fn has_line(file: &File) -> io::Result<bool> {
    let mut part = vec![0; 64 << 10];
    let mut from = 0;
    while from < MAX_FIRST_LINE {
        let read = file.read_at(&mut part, from)?;
        if read == 0 {
            return Ok(false);
        }
        if part.get(..read).is_some_and(|part| part.contains(&b'\n')) {
            return Ok(true);
        }
        from += read as u64;
    }
    Ok(true)
}

fn head_of(file: &File, bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; bytes];
    let mut length = 0;
    while let Some(room) = head.get_mut(length..).filter(|room| !room.is_empty()) {
        match file.read_at(room, length as u64)? {
            0 => break,
            read => length += read,
        }
    }
    head.truncate(length);
    Ok(head)
}

impl<'a> LiveFile<'a> {
    /// Returns a file to follow.
    pub(super) fn new(opened: OpenedFile, import: LiveImport<'a>) -> LiveFile<'a> {
        LiveFile { opened, import, last_growth: Instant::now() }
    }

    pub(super) fn identity(&self) -> FileIdentity {
        self.opened.identity
    }

    /// Returns when the file was written last before it was opened, in unix seconds.
    pub(super) fn modified_before(&self) -> i64 {
        self.opened.modified
    }

    /// Returns true if the file was truncated or written anew.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn was_truncated(&self) -> io::Result<bool> {
        self.opened.has_changed(self.import.bytes_read())
    }

    /// Counts the rows that were written since the last time. Returns the number of bytes read.
    ///
    /// # Errors
    /// When the file or the store fails, or the file is refused.
    pub(super) fn read(&mut self, session: &mut Session<'_>) -> Result<u64> {
        let read = self.import.read(session)?;
        if read > 0 {
            self.last_growth = Instant::now();
        }
        Ok(read)
    }

    /// Returns true if the file is complete, given that it was renamed.
    pub(super) fn is_complete(&self) -> bool {
        self.last_growth.elapsed() > COMPLETE_AFTER
    }
}
