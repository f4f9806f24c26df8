//! The identity and the version of a file, and the check that it can hold a store.

use std::path::Path;
use std::time::{Duration, SystemTime};

use staste_core::{Error, Result};

/// The identity of a file: device and inode. It distinguishes a file from a later one at the same path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    /// Returns the file at a path, if there is one and the system can identify files.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        Some(FileId(found.dev(), found.ino()))
    }

    /// Returns the file at a path without following a symbolic link.
    #[cfg(unix)]
    pub(crate) fn of_name(path: &Path) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::symlink_metadata(path).ok()?;
        Some(FileId(found.dev(), found.ino()))
    }

    /// Returns the file of an inode on a device.
    pub(crate) fn new(device: u64, inode: u64) -> FileId {
        FileId(device, inode)
    }

    /// Returns `None`: files cannot be identified on this system.
    #[cfg(not(unix))]
    pub(crate) fn of(_path: &Path) -> Option<FileId> {
        None
    }
}

/// A file at a time: its identity, its size and when it was last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileVersion {
    file: FileId,
    size: u64,
    /// The time of the last change of its content, its owner or its permissions, by the clock of the file system.
    pub(crate) changed: SystemTime,
}

impl FileVersion {
    /// Returns the current version of a file, if there is one and the system can tell it.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<FileVersion> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        let seconds = Duration::from_secs(u64::try_from(found.ctime()).ok()?);
        let nanoseconds = Duration::from_nanos(u64::try_from(found.ctime_nsec()).ok()?);
        Some(FileVersion {
            file: FileId(found.dev(), found.ino()),
            size: found.size(),
            changed: SystemTime::UNIX_EPOCH + seconds + nanoseconds,
        })
    }

    /// Returns `None`: files cannot be identified on this system.
    #[cfg(not(unix))]
    pub(crate) fn of(_path: &Path) -> Option<FileVersion> {
        None
    }
}

/// Refuses a path of something that is not a regular file of one name. A missing file is fine.
pub(crate) fn refuse_unsuitable_file(path: &Path) -> Result<()> {
    let Ok(found) = std::fs::metadata(path) else { return Ok(()) };
    let shown = path.display();
    if found.is_dir() {
        return Err(Error::unavailable(format!("{shown} is a directory; give the path of a file")));
    }
    if !found.is_file() {
        return Err(Error::unavailable(format!("{shown} is not a regular file; give another path")));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
        return Err(Error::unavailable(format!(
            "{shown} has a second name (a hard link), under which SQLite would keep a second log and lose the commits in \
             the other; remove one of the names, or use a symbolic link"
        )));
    }
    Ok(())
}
