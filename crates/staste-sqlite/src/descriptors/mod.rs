//! The file descriptors of stores: locks that survive a close by other code of the process, and closes
//! that leave the locks of other code alone.
//!
//! POSIX locks belong to a process and a file, and closing any descriptor of the file drops all of
//! them. A second SQLite in the process, such as that of Python, or a plain `open()` of the file would
//! so take the locks of a store away. Two rules keep both sides safe:
//!
//! - A store locks by open file descriptions. Such locks end with their description only, and conflict
//!   with the POSIX locks of everybody else, in this process or another.
//! - A descriptor of a store is not closed while its file exists, but parked, and used again when the
//!   file is opened again. Closing it would drop the locks of a second SQLite.
//!
//! SQLite keeps one state of locks per file and process, and may take a lock by one descriptor and
//! release it by another. So all locks of a file are held by one of its descriptors.
//!
//! A forked child shares the descriptions of its parent: it closes what is parked at once, so that no
//! lock of the parent outlives the parent.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod parked;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod registry;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod system_calls;

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod elsewhere;

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) use elsewhere::{is_store, prepare, shared_memory_of};
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use registry::{is_store, shared_memory_of};
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use system_calls::prepare;
