//! `CopyReport`: what a copy brought, and how far it is.

use crate::amount::{Amount, Total};
use crate::schema::Definition;

/// What a copy did, or would do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyReport {
    /// The Metrica.
    pub metrica: String,
    /// True where it was made in the second Store.
    pub is_new: bool,
    /// Counters written: points in the finest buckets that are kept.
    pub points: u64,
    /// The sum of the values brought.
    pub total: Total,
    /// How many kicks were brought, where they are counted.
    pub count: Option<i128>,
    /// Small records of imports brought, by which they go on without counting anything again.
    pub records: u64,
    /// Cells found to be the same in both Stores.
    pub compared: u64,
    /// What was kicked at the first Store while it was copied and is not brought yet: total, and count where
    /// there is one. Copying again brings it.
    pub since: Option<(Total, Option<i128>)>,
    /// True when it was broken off; copying again goes on.
    pub is_broken_off: bool,
    /// What was made otherwise than in the first Store, in words.
    pub notes: Vec<String>,
}

impl CopyReport {
    /// Nothing yet.
    pub(super) fn nothing(definition: &Definition, is_new: bool) -> CopyReport {
        CopyReport {
            metrica: definition.name.clone(),
            is_new,
            points: 0,
            total: Total::new(0, definition.multiplier),
            count: definition.is_averaged().then_some(0),
            records: 0,
            compared: 0,
            since: None,
            is_broken_off: false,
            notes: Vec::new(),
        }
    }

    /// A point was brought.
    pub(super) fn add(&mut self, amount: Amount) {
        self.points += 1;
        self.total = Total::new(self.total.raw() + amount.total(), self.total.multiplier());
        self.count = self.count.map(|count| count + amount.count());
    }
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProgress {
    /// What it is at.
    pub phase: CopyPhase,
    /// Cells it looked at, or wrote, in this phase.
    pub done: u64,
}

/// What a copy is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyPhase {
    /// Comparing what is there already.
    Looking,
    /// Writing what is missing.
    Copying,
    /// Comparing both Stores.
    Comparing,
    /// Proving the sums of the second one.
    Verifying,
}
