//! The file descriptors of stores: locks that survive a close by other code of the process, and closes that keep the
//! locks of other code.
//!
//! POSIX locks belong to a process and a file, and closing any descriptor of the file drops all of them. A second
//! SQLite in the process, such as that of Python, or a plain `open()` of the file would therefore drop the locks of a
//! store. Two rules protect both sides:
//!
//! - A store uses locks of open file descriptions. Such a lock ends only with its description, and conflicts with the
//!   POSIX locks of all other code, in this process or another.
//! - A descriptor of a store is not closed while its file exists. It is parked, and used again when the file is opened
//!   again. Closing it would drop the locks of a second SQLite.
//!
//! SQLite keeps one lock state for each file and process, and may take a lock by one descriptor and release it by
//! another. Therefore one descriptor of each file holds all its locks.
//!
//! A forked child shares the open file descriptions of its parent. It closes the parked descriptors at once, so that no
//! lock of the parent outlives the parent.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod parked_descriptors;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod process_registry;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod registry;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod store_file;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod system_calls;

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod fallback;

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) use fallback::{prepare, register_store, shared_memory_of};
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use system_calls::{prepare, register_store, shared_memory_of};
