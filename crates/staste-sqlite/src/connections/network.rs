//! The refusal of network file systems, where the locks and the shared memory of SQLite do not work.

use std::path::Path;

use staste_core::{Error, Result};

/// Network file systems by their magic number in `statfs`. FUSE is allowed, because most such file systems are local.
#[cfg(target_os = "linux")]
const REFUSED: [(i64, &str); 8] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
];

/// Refuses a path on a network file system.
#[cfg(target_os = "linux")]
pub(crate) fn refuse_network(path: &Path) -> Result<()> {
    let directory = path.parent().unwrap_or(path);
    // Opening the file reports why the directory cannot be read.
    let Ok(found) = rustix::fs::statfs(directory) else { return Ok(()) };
    #[allow(clippy::useless_conversion, reason = "its type is not the same on every platform")]
    let magic = i64::try_from(found.f_type).unwrap_or(0);
    match REFUSED.iter().find(|(refused, _)| *refused == magic) {
        None => Ok(()),
        Some((_, name)) => Err(Error::unavailable(format!(
            "{} is on {name}, a network file system, where SQLite cannot lock safely; put the store on a local disk, or use \
             the Redis store for several machines",
            path.display()
        ))),
    }
}

/// Accepts every path: the file system is not known on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn refuse_network(_path: &Path) -> Result<()> {
    Ok(())
}
