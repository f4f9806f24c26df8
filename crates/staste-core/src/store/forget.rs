//! What to forget, and what was forgotten.

use std::sync::Arc;

use crate::amount::Amount;
use crate::schema::{Choice, Definition};
use crate::store::question::Span;

/// Which kicks to take out of the cells.
#[derive(Clone, Debug)]
pub enum Forget {
    /// A whole Metrica: definition, cells, choices and claims.
    Metrica(String),
    /// Some of its kicks.
    Kicks(KickSelection),
}

/// The kicks of a Metrica that match every pair of axis and choice; all of them when there is none.
#[derive(Clone, Debug)]
pub struct KickSelection {
    /// The definition as the caller knows it.
    pub definition: Arc<Definition>,
    /// Positions of axes with the choice to forget; a path includes everything below it.
    pub filter: Vec<(usize, Choice)>,
    /// The instants `[from, to)` and the largest retained buckets that compose them; none for all time.
    pub span: Option<(i64, i64, Vec<Span>)>,
    /// Keep the kicks but count them as *other* on the one axis of the filter.
    pub into_other: bool,
}

impl KickSelection {
    /// True when nothing narrows the selection.
    pub fn is_everything(&self) -> bool {
        self.filter.is_empty() && self.span.is_none()
    }
}

/// What was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Cells removed.
    pub cells: u64,
    /// The amount removed from the grand total; its count is 0 in a plain Metrica.
    pub amount: Amount,
}
