//! The HTTP server of the pages, for this machine only.

mod connections;
mod host_check;
mod http_server;
mod listen_address;
mod log;

pub(crate) use http_server::Server;
pub(crate) use listen_address::parse_listen_address;
