//! The operations of the Store, each made of requests that a client sends.

pub(crate) mod apply;
pub(crate) mod define;
pub(crate) mod definitions;
pub(crate) mod forget;
pub(crate) mod read;
pub(crate) mod records;
pub(crate) mod size;
pub(crate) mod warnings;
pub(crate) mod watermarks;
