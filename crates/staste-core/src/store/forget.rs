//! What to forget, and what was forgotten.

use std::sync::Arc;

use crate::schema::{Choice, Definition};
use crate::store::question::Span;

/// Which kicks to take out of the cells.
#[derive(Clone, Debug)]
pub enum Forget {
    /// A whole Metrica: definition, cells, choices and claims.
    Metrica(String),
    /// The kicks that match every pair of axis and choice (all of them when there is none).
    Kicks {
        /// The definition as the caller knows it.
        definition: Arc<Definition>,
        /// Positions of axes with the choice to forget; a path stands for everything below it.
        filter: Vec<(usize, Choice)>,
        /// The instants `[from, to)` and the largest retained buckets that compose them; none for all time.
        span: Option<(i64, i64, Vec<Span>)>,
        /// Keep the kicks but count them as *other* on the one axis of the filter.
        into_other: bool,
    },
}

/// What was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Cells removed.
    pub cells: u64,
    /// The sum of what was removed from the grand total.
    pub total: i128,
    /// The kicks removed, where they are counted.
    pub count: i128,
}
