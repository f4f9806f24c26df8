//! Reading a file next to which this user cannot keep a log.
//!
//! To read a store, SQLite needs its log and the shared memory, and creates them if the last writer removed them. Where
//! it cannot, or where they would belong to a user who only reads and keep writers out, it can read the file alone:
//! without locks, so that a writer may change pages in the middle of a query. The results therefore count only if the
//! file is still the same afterwards, and if there was no log before or after. Every writer creates a log first, and it
//! changes the file before it removes the log.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};
use staste_core::Error;

use crate::connections::log_files::next_to;
use crate::failure::{Failure, Outcome};
use crate::file_id::FileVersion;

/// The resolution of the times of files: two changes within it may have the same time. Kernels tick every 10 ms or more
/// often.
const RESOLUTION: Duration = Duration::from_millis(20);

/// A file that is read alone, and its version when it was opened.
#[derive(Debug)]
pub(crate) struct UnlockedFile {
    path: PathBuf,
    version: FileVersion,
}

impl UnlockedFile {
    /// Opens a file that has no log.
    ///
    /// # Errors
    /// If it has one. The commits in it would be missing.
    pub(super) fn open(path: &Path) -> Outcome<(Connection, UnlockedFile)> {
        let file = UnlockedFile::of(path)?;
        let escaped = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
        Ok((connection, file))
    }

    fn of(path: &Path) -> Outcome<UnlockedFile> {
        let Some(version) = FileVersion::of(path) else {
            return Err(Error::unavailable(format!(
                "{} cannot be read by a user who cannot write it: this system does not tell whether a file has changed; \
                 copy it to a directory that this user may write, and read the copy",
                path.display()
            ))
            .into());
        };
        let file = UnlockedFile { path: path.to_owned(), version };
        if let Some(log) = file.log() {
            let (shown, log) = (path.display(), log.display());
            return Err(Error::unavailable(format!(
                "{log} holds commits that this user cannot read, because SQLite needs {shown}-shm for it and this user \
                 cannot create it; open the store once as a user who may write it (`staste show` is enough), or copy both \
                 files to a directory that this user may write, and read the copy"
            ))
            .into());
        }
        // A change after this moment has another time.
        let age = SystemTime::now().duration_since(version.changed).ok();
        thread::sleep(age.and_then(|age| RESOLUTION.checked_sub(age)).unwrap_or_default());
        Ok(file)
    }

    /// Returns true if nobody has opened the file for writing since.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.log().is_none() && FileVersion::of(&self.path) == Some(self.version)
    }

    /// Returns an error that is worth another try if the file may have changed since.
    pub(crate) fn check_unchanged(&self) -> Outcome<()> {
        if self.is_unchanged() { Ok(()) } else { Err(Failure::Changed) }
    }

    /// Returns the path of a log with commits, if there is one.
    fn log(&self) -> Option<PathBuf> {
        let has_content = |log: &PathBuf| std::fs::metadata(log).is_ok_and(|found| found.len() > 0);
        ["-wal", "-journal"].map(|suffix| next_to(&self.path, suffix)).into_iter().find(has_content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store of one table with one row, whose log was removed.
    fn store(folder: &Path) -> PathBuf {
        let path = folder.join("counts ?#%.db");
        write(&path, "PRAGMA journal_mode = WAL; CREATE TABLE kicks(n); INSERT INTO kicks VALUES(1)");
        path
    }

    fn write(path: &Path, statement: &str) {
        Connection::open(path).unwrap().execute_batch(statement).unwrap();
    }

    #[test]
    fn file_without_log_is_read_and_any_commit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = store(folder.path());
        let (connection, file) = UnlockedFile::open(&path).unwrap();
        let count = |connection: &Connection| -> i64 {
            connection.query_row("SELECT count(*) FROM kicks", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count(&connection), 1);
        assert!(file.is_unchanged());
        write(&path, "INSERT INTO kicks VALUES(2)");
        assert!(!file.is_unchanged(), "the writer has removed its log already");
        assert!(file.check_unchanged().is_err_and(|failure| failure.is_changed()));
        assert_eq!(count(&UnlockedFile::open(&path).unwrap().0), 2);
    }

    #[test]
    fn commit_in_a_log_is_noticed_and_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = store(folder.path());
        let (_connection, file) = UnlockedFile::open(&path).unwrap();
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("INSERT INTO kicks VALUES(2)").unwrap();
        assert!(!file.is_unchanged());
        let refused = UnlockedFile::open(&path).unwrap_err().into_error(&path).to_string();
        assert!(refused.contains("-wal holds commits"), "{refused}");
    }
}
