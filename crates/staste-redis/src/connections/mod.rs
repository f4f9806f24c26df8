//! Requests and replies: finding the servers of an address, and talking to them within bounds of time and size.

pub(crate) mod cluster_slots;
pub(crate) mod connection;
pub(crate) mod eviction;
pub(crate) mod failure;
mod hash_slot;
pub(crate) mod reply;
mod reply_reader;
pub(crate) mod request;
mod sentinel;
pub(crate) mod servers;
pub(crate) mod session;
mod socket;
mod stream;
#[cfg(feature = "tls")]
mod tls_client;
