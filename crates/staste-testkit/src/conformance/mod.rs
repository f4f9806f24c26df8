//! The conformance suite: a function for each claim of the contract, named after its point.

mod additive;
mod atomic;
mod beside;
mod capped;
mod clocks;
mod durable;
mod exact;
mod fresh;
mod healthy;
mod identity;
mod limits;
mod once;
mod patient;
mod properties;
mod retained;
mod schema;
mod seed_readme;
mod time;
mod traps;

pub use additive::*;
pub use atomic::*;
pub use beside::*;
pub use capped::*;
pub use clocks::*;
pub use durable::*;
pub use exact::*;
pub use fresh::*;
pub use healthy::*;
pub use identity::*;
pub use limits::*;
pub use once::*;
pub use patient::*;
pub use properties::*;
pub use retained::*;
pub use schema::*;
pub use seed_readme::*;
pub use time::*;
pub use traps::*;

/// The source of every file of the suite.
const SOURCES: [&str; 19] = [
    include_str!("additive.rs"),
    include_str!("atomic.rs"),
    include_str!("beside.rs"),
    include_str!("capped.rs"),
    include_str!("clocks.rs"),
    include_str!("durable.rs"),
    include_str!("exact.rs"),
    include_str!("fresh.rs"),
    include_str!("healthy.rs"),
    include_str!("identity.rs"),
    include_str!("limits.rs"),
    include_str!("once.rs"),
    include_str!("patient.rs"),
    include_str!("properties.rs"),
    include_str!("retained.rs"),
    include_str!("schema.rs"),
    include_str!("seed_readme.rs"),
    include_str!("time.rs"),
    include_str!("traps.rs"),
];

/// Checks that the list of [`conformance!`](crate::conformance!) names every function of the suite.
pub fn check_list(listed: &[&str]) {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    let claims =
        lines.filter_map(|line| line.strip_prefix("pub fn ")?.split_once("(factory")).map(|(name, _)| name);
    for claim in claims {
        assert!(listed.contains(&claim), "{claim} is not in the list of src/list.rs");
    }
}
