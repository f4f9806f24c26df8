//! The legacy layout: the original's keys are read, written, and shared with the original.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod ambiguous_values;
#[path = "../common/mod.rs"]
mod common;
mod fixture;
mod interleaved;
mod limits;
mod original;
mod schema;
