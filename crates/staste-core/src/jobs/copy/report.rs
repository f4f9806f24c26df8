//! `CopyReport` and `CopyProgress`: the result of a copy, and its progress.

use crate::amount::{Amount, Total};
use crate::schema::Definition;

/// The result of a copy or a dry run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyReport {
    /// The Metrica.
    pub metrica: String,
    /// True when the copy defined it in the target.
    pub is_new: bool,
    /// Number of points written, counted in the finest retained buckets.
    pub points: u64,
    /// Sum of the copied values.
    pub total: Total,
    /// Number of copied kicks; none for a plain Metrica.
    pub count: Option<i128>,
    /// Number of copied import records, with which imports continue without counting kicks again.
    pub records: u64,
    /// Number of cells compared in both Stores.
    pub compared: u64,
    /// Total and count of kicks at the source during the copy that are not copied yet; the count is none for a plain
    /// Metrica. Another copy adds them.
    pub since: Option<(Total, Option<i128>)>,
    /// True when it was interrupted; another copy resumes it.
    pub is_interrupted: bool,
    /// Messages about settings that differ from those of the source.
    pub notes: Vec<String>,
}

impl CopyReport {
    /// Creates the report of a copy that has copied nothing yet.
    pub(super) fn empty(definition: &Definition, is_new: bool) -> CopyReport {
        CopyReport {
            metrica: definition.name.clone(),
            is_new,
            points: 0,
            total: Total::new(0, definition.multiplier),
            count: definition.is_averaged().then_some(0),
            records: 0,
            compared: 0,
            since: None,
            is_interrupted: false,
            notes: Vec::new(),
        }
    }

    /// Adds a copied point.
    pub(super) fn add(&mut self, amount: Amount) {
        self.points += 1;
        self.total = Total::new(self.total.raw() + amount.total(), self.total.multiplier());
        self.count = self.count.map(|count| count + amount.count());
    }
}

/// The progress of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProgress {
    /// The current phase.
    pub phase: CopyPhase,
    /// Number of cells read or written in this phase.
    pub done: u64,
}

/// A phase of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyPhase {
    /// Checking what the target has already.
    Checking,
    /// Writing what the target lacks.
    Copying,
    /// Comparing both Stores.
    Comparing,
    /// Verifying the sums of the target.
    Verifying,
}
