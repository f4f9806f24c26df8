//! The conformance suite: functions that check the claims of the contract, and a table of them in each file.
//!
//! The number in the name of a claim is that of its point in the contract, in `DESIGN.md`.

mod additive;
mod all_or_nothing;
mod calendar;
mod differential;
mod distributions;
mod durability;
mod exact;
mod exactly_once;
mod health_reports;
mod identity;
mod limits;
mod original_bugs;
mod original_readme;
mod outages;
mod overflow;
mod pending_memory;
mod property;
mod read_your_writes;
mod retention;
mod schema;
mod schema_changes;
mod wrong_clocks;

pub use differential::{HistoryStart, compare_with_memory_store};

use crate::store_location::Factory;

/// A claim: the name of its test, and the function that checks it on new locations.
pub(crate) type Claim = (&'static str, fn(Factory<'_>));

/// The table of each file of claims.
const FILES: [(&str, &[Claim]); 22] = [
    ("additive", additive::CLAIMS),
    ("distributions", distributions::CLAIMS),
    ("exact", exact::CLAIMS),
    ("overflow", overflow::CLAIMS),
    ("all_or_nothing", all_or_nothing::CLAIMS),
    ("exactly_once", exactly_once::CLAIMS),
    ("outages", outages::CLAIMS),
    ("pending_memory", pending_memory::CLAIMS),
    ("health_reports", health_reports::CLAIMS),
    ("read_your_writes", read_your_writes::CLAIMS),
    ("durability", durability::CLAIMS),
    ("identity", identity::CLAIMS),
    ("limits", limits::CLAIMS),
    ("retention", retention::CLAIMS),
    ("wrong_clocks", wrong_clocks::CLAIMS),
    ("schema", schema::CLAIMS),
    ("schema_changes", schema_changes::CLAIMS),
    ("calendar", calendar::CLAIMS),
    ("original_bugs", original_bugs::CLAIMS),
    ("original_readme", original_readme::CLAIMS),
    ("differential", differential::CLAIMS),
    ("property", property::CLAIMS),
];

/// Checks a claim on new locations.
pub fn check(claim: &str, factory: Factory<'_>) {
    let mut claims = FILES.iter().flat_map(|(_, claims)| claims.iter());
    let (_, check) = claims.find(|(name, _)| *name == claim).unwrap();
    check(factory);
}

/// Checks that [`conformance!`](crate::conformance!) makes tests of every file of claims.
pub fn check_files(tested: &[&str]) {
    assert_eq!(
        tested,
        FILES.map(|(file, _)| file),
        "the files in src/claims.rs and in src/conformance/mod.rs differ"
    );
}
