//! Copies between in-memory Stores: of random histories, interrupted anywhere, with concurrent kicks, and refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod caps;
mod concurrent_kicks;
mod definitions;
mod history;
mod import_records;
mod interruption;
mod random_histories;
mod two_stores;
