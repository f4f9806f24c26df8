//! The operations of the Store: one file for each, and the parts that they share.

pub(crate) mod apply;
pub(crate) mod backup;
pub(crate) mod clock;
mod dedup;
pub(crate) mod define;
mod erase_kicks;
mod expiry;
pub(crate) mod forget;
pub(crate) mod read;
pub(crate) mod records;
pub(crate) mod size;
