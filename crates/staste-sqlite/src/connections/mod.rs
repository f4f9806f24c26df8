//! Connections to the file: opening them, waiting for other writers, and keeping them across operations.

pub(crate) mod busy_wait;
mod connection;
mod fork_gate;
mod log_files;
mod network;
pub(crate) mod pool;
pub(crate) mod session;
mod unlocked_file;
