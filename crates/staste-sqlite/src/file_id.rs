//! Which file a path leads to, and whether it can hold a store.

use std::path::Path;

use staste_core::{Error, Result};

/// What tells a file from another that has its path later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    /// The file at a path; none where there is none, or where files cannot be told apart.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        Some(FileId(found.dev(), found.ino()))
    }

    /// The file that a name stands for: of a symbolic link, the link.
    #[cfg(unix)]
    pub(crate) fn of_name(path: &Path) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::symlink_metadata(path).ok()?;
        Some(FileId(found.dev(), found.ino()))
    }

    /// The file of a number on a device.
    pub(crate) fn new(device: u64, number: u64) -> FileId {
        FileId(device, number)
    }

    /// Elsewhere files cannot be told apart.
    #[cfg(not(unix))]
    pub(crate) fn of(_path: &Path) -> Option<FileId> {
        None
    }
}

/// Refuses what is there but is no file of its own.
pub(crate) fn refuse_odd_files(path: &Path) -> Result<()> {
    let Ok(found) = std::fs::metadata(path) else { return Ok(()) };
    let shown = path.display();
    if found.is_dir() {
        return Err(Error::unavailable(format!("{shown} is a directory; give the path of a file")));
    }
    if !found.is_file() {
        return Err(Error::unavailable(format!("{shown} is no regular file; give another path")));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
        return Err(Error::unavailable(format!(
            "{shown} has a second name by a hard link, under which SQLite would keep a second log and lose what is \
             in the other; remove one of the names, or use a symbolic link"
        )));
    }
    Ok(())
}
