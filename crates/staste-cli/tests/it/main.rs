//! The program as its users meet it: the binary is run, and what it writes is read back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod ask;
mod bad_input;
mod clock;
mod copy;
mod define;
mod demo;
mod formulas;
mod half;
mod health;
mod import;
mod import_changed;
mod import_columns;
mod import_once;
mod import_waits;
mod keep;
mod look;
mod program;
mod serve;
mod serve_limits;
mod serve_many;
mod served;
mod server;
mod sql;
mod terminal;
