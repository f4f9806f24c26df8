//! `Forget` and `Forgotten`: the kicks to remove from a Store, and what was removed.

use std::sync::Arc;

use crate::amount::Amount;
use crate::schema::{Choice, Definition};
use crate::store::question::Span;

/// The kicks to remove from the cells.
#[derive(Clone, Debug)]
pub enum Forget {
    /// A whole Metrica by its name: definition, cells, choices and claims.
    Metrica(String),
    /// Some of its kicks.
    Kicks(KickSelection),
}

/// The kicks of a Metrica that match on every axis of the filter; all kicks when the filter is empty.
#[derive(Clone, Debug)]
pub struct KickSelection {
    /// The definition that the caller knows; it must equal the Store's.
    pub definition: Arc<Definition>,
    /// Positions of axes, each with the choices to forget: a kick matches with any of them. A path includes everything
    /// below it.
    pub filter: Vec<(usize, Vec<Choice>)>,
    /// The instants `[from, to)` and the largest retained buckets that cover them; none for all time.
    pub span: Option<(i64, i64, Vec<Span>)>,
    /// True to keep the kicks but count them as *other* on the one axis of the filter.
    pub into_other: bool,
    /// True to remove no kicks, but the choices that no cell has any more, so that they no longer count against the caps of
    /// their axes. There is no filter and no span then.
    pub unused_choices: bool,
}

impl KickSelection {
    /// Returns true when the selection has neither a filter nor a timespan.
    pub fn is_everything(&self) -> bool {
        self.filter.is_empty() && self.span.is_none() && !self.unused_choices
    }
}

/// The cells and the amount that were removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Number of cells removed.
    pub cells: u64,
    /// Amount removed from the grand total; its count is 0 in a plain Metrica.
    pub amount: Amount,
    /// Number of choices that no longer count against the cap of their axis.
    pub choices: u64,
}
