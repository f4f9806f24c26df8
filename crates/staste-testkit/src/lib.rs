//! Shared by the tests of Staste: a naive model, the conformance suite of Stores, and Stores that fail or count.
//!
//! A new Store passes the whole suite by a test file with three lines, here for the Store in memory:
//!
//! ```
//! staste_testkit::conformance!(staste_testkit::in_memory);
//! ```
//!
//! [`fork_conformance!`] makes the tests about forks. They fork the test process, so they are in a file of their own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    reason = "this is test code: a panic is how it reports"
)]

#[macro_use]
mod claims;

mod batch_cells;
mod comparison;
pub mod conformance;
pub mod fork_conformance;
mod guests;
pub mod model;
mod rng;
mod stop_on_drop;
pub mod store_fixtures;
mod store_location;
mod test_env;
mod with_model;
mod wrappers;

pub use batch_cells::{cells_of, kicks_of};
pub use comparison::{Comparison, plain, retained};
pub use guests::{guests, guests_by_age, guests_model, verify};
pub use rng::Rng;
pub use stop_on_drop::StopOnDrop;
pub use store_location::{Factory, StoreLocation, in_memory};
pub use test_env::{NOW, TestEnv, TestProcess, advance_clock};
pub use with_model::MetricaWithModel;
pub use wrappers::{
    CallCounts, CapabilityLimits, CountingStore, Fault, Faults, FaultyStore, InterceptedStore, Interceptor,
    LimitedStore, Operation,
};
