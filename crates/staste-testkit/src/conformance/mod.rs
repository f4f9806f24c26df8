//! The conformance suite: a function for each claim of the contract, named after its point.

mod additive;
mod atomic;
mod capped;
mod clocks;
mod differential;
mod durable;
mod exact;
mod exactly_once;
mod health_reports;
mod hostile_choices;
mod identity;
mod limits;
mod outages;
mod properties;
mod read_your_writes;
mod retained;
mod schema;
mod seed_readme;
mod time;

pub use additive::*;
pub use atomic::*;
pub use capped::*;
pub use clocks::*;
pub use differential::*;
pub use durable::*;
pub use exact::*;
pub use exactly_once::*;
pub use health_reports::*;
pub use hostile_choices::*;
pub use identity::*;
pub use limits::*;
pub use outages::*;
pub use properties::*;
pub use read_your_writes::*;
pub use retained::*;
pub use schema::*;
pub use seed_readme::*;
pub use time::*;

/// The source of every file of the suite.
const SOURCES: [&str; 19] = [
    include_str!("additive.rs"),
    include_str!("atomic.rs"),
    include_str!("differential.rs"),
    include_str!("capped.rs"),
    include_str!("clocks.rs"),
    include_str!("durable.rs"),
    include_str!("exact.rs"),
    include_str!("read_your_writes.rs"),
    include_str!("health_reports.rs"),
    include_str!("identity.rs"),
    include_str!("limits.rs"),
    include_str!("exactly_once.rs"),
    include_str!("outages.rs"),
    include_str!("properties.rs"),
    include_str!("retained.rs"),
    include_str!("schema.rs"),
    include_str!("seed_readme.rs"),
    include_str!("time.rs"),
    include_str!("hostile_choices.rs"),
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
