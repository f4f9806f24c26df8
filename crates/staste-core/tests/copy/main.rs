//! Copies from memory to memory: of any history, broken off anywhere, beside kicks, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod beside;
mod broken_off;
mod caps;
mod definitions;
mod histories;
mod history;
mod places;
mod records;
