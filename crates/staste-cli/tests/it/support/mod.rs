//! What the tests share: the program, servers and files.

pub(crate) mod fixtures;
pub(crate) mod program;
pub(crate) mod redis_server;
pub(crate) mod web_server;
