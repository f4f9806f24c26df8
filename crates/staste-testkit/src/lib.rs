//! What the tests of Staste share: the naive model, the conformance suite, and Stores that fail and count.
//!
//! A Store's test file makes its places and names the macro (here for the Store in memory):
//!
//! ```
//! staste_testkit::conformance!(staste_testkit::in_memory);
//! ```
//!
//! and its fork tests, in a file of their own as they fork the test process, come by
//! [`fork_conformance!`].
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

pub mod batches;
mod compare;
pub mod conformance;
mod counting;
mod dice;
mod faulty;
pub mod forked;
mod lab;
mod layer;
mod limited;
mod list;
pub mod model;
mod place;
mod property;
mod twin;

pub use compare::{Compare, plain, retained};
pub use counting::{CountingStore, Counts, cells_of, kicks_of};
pub use dice::Dice;
pub use faulty::{Fault, Faults, FaultyStore};
pub use lab::{Lab, NOW, Process, pass};
pub use layer::{Layer, Layered, Verb};
pub use limited::{LimitedStore, Limits};
pub use place::{Factory, Place, in_memory};
pub use twin::{Twin, guests, guests_model, verify};
