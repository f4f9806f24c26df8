//! `rotated_files`: finds the files to which a followed file was rotated, by their names.

use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::file_identity::FileIdentity;
use super::live_file::HEAD_BYTES;
use crate::input::InputStream;

const COMPRESSED: [&str; 4] = [".gz", ".zst", ".xz", ".bz2"];

/// A file that was rotated.
#[derive(Debug)]
pub(super) struct RotatedFile {
    pub(super) path: PathBuf,
    pub(super) identity: FileIdentity,
    /// When it was written last, in unix seconds.
    modified: i64,
}

impl RotatedFile {
    /// Returns the first bytes of its text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        InputStream::open(&self.path, None)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        Ok(head)
    }
}

/// Returns the rotated files of a path that were written at `since` or later, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn rotated_files(path: &Path, since: i64) -> io::Result<Vec<RotatedFile>> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|other| is_rotated_name(other, name)) {
            continue;
        }
        // A file that was deleted in the meantime has been compressed or is too old.
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        if metadata.is_file() && metadata.mtime() >= since {
            let identity = FileIdentity::of(&metadata);
            files.push(RotatedFile { path: entry.path(), identity, modified: metadata.mtime() });
        }
    }
    files.sort_by(|one, other| (one.modified, &other.path).cmp(&(other.modified, &one.path)));
    Ok(files)
}

/// Returns true if a file name is that of another one with a number or date, as `access.log.1`, `access.log-20130131.gz` and
/// `access-20130131.log` are rotated files of `access.log`.
fn is_rotated_name(name: &str, followed: &str) -> bool {
    let name = COMPRESSED.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let is_mark = |mark: &str| {
        mark.bytes().any(|byte| byte.is_ascii_digit())
            && mark.starts_with(['.', '-', '_'])
            && mark.bytes().all(|byte| byte.is_ascii_digit() || b".-_:T".contains(&byte))
    };
    if let Some(mark) = name.strip_prefix(followed) {
        return is_mark(mark) || mark == ".old";
    }
    let Some((stem, extension)) = followed.rsplit_once('.') else { return false };
    let mark = name.strip_prefix(stem).and_then(|rest| rest.strip_suffix(extension)?.strip_suffix('.'));
    mark.is_some_and(is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_names_have_a_number_or_date() {
        for name in [
            "access.log.1",
            "access.log.2.gz",
            "access.log-20130131",
            "access.log-2013-01-31T10:00.zst",
            "access-20130131.log",
            "access.1.log.bz2",
            "access.log.old",
        ] {
            assert!(is_rotated_name(name, "access.log"), "{name}");
        }
        for name in [
            "access.log",
            "access.log.gz",
            "access.logs.1",
            "access.log1",
            "access.log.bak",
            "error.log.1",
            "access-api.log",
            "access.log.json",
        ] {
            assert!(!is_rotated_name(name, "access.log"), "{name}");
        }
        assert!(is_rotated_name("hits.1", "hits") && !is_rotated_name("hits-new", "hits"));
    }

    #[test]
    fn files_written_before_are_left_out_and_the_oldest_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, modified) in [("a.log.2.gz", 100), ("a.log.1", 200), ("a.log", 300), ("a.log.3.gz", 50)] {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(modified);
            file.set_modified(time).unwrap();
        }
        let found = rotated_files(&folder.path().join("a.log"), 100).unwrap();
        let names: Vec<_> =
            found.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.log.2.gz", "a.log.1"]);
    }
}
