//! `QueryCost`: an upper bound of what a query reads, known before the query runs.

use crate::api::query::query_context::QueryContext;
use crate::api::query::view::View;
use crate::error::Result;
use crate::schema::{Choice, Definition};
use crate::store::{ChoiceTable, Span};
use crate::time::Scale;

/// The assumed number of buckets of a span with an open end; more than any query reads.
const MAX_BUCKETS: u64 = 100_000;

/// The maximum number of groups and cells of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryCost {
    /// Groups in the result: combinations of choices in a period.
    pub groups: u64,
    /// Cells to read.
    pub cells: u64,
}

impl View {
    /// Returns an upper bound of what a breakdown by some axes reads, in one period or in the periods of a scale: the
    /// number of combinations of known choices on these axes, and the number of their cells in all buckets.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests =
    ///     staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored()).build()?;
    /// guests.kick([("gender", "girl"), ("age", "18")])?;
    /// guests.kick([("gender", "girl"), ("age", "19")])?;
    /// // Each axis has two choices, and groups for unset and other.
    /// let both = guests.values().query_cost(&["gender", "age"], None)?;
    /// assert!((4..=25).contains(&both.groups) && both.cells == both.groups);
    /// assert!(guests.filter([("age", "18")])?.query_cost(&["gender", "age"], None)?.groups <= 5);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::pivot`] and [`View::series`].
    pub fn query_cost(&self, axes: &[&str], scale: Option<Scale>) -> Result<QueryCost> {
        self.limited(|| self.query_cost_within_limit(axes, scale))
    }

    fn query_cost_within_limit(&self, axes: &[&str], scale: Option<Scale>) -> Result<QueryCost> {
        self.metrica.flush_pending(self.max_age)?;
        let store = self.metrica.staste().store();
        self.metrica.retry_stale(|definition, is_stored| {
            let mut combinations = 1u64;
            for axis in axes {
                let filtered = self.filters().find(|(known, _)| known == axis).map(|(_, choice)| choice);
                let index = definition.axis_index(axis)?;
                let groups = match filtered {
                    Some(choice) if choice.as_path().is_none() => 1,
                    _ if !is_stored => declared_groups(definition, index),
                    above => groups(&store.choices(definition, index)?, above),
                };
                combinations = combinations.saturating_mul(groups);
            }
            let context = QueryContext::new(self, definition)?;
            // A group has a cell for each bin.
            let bins = match definition.bin_axis().filter(|_| context.reads_bins && is_stored) {
                Some(axis) => store.choices(definition, axis)?.len() as u64 + 1,
                None => 1,
            };
            let (periods, buckets) = match scale {
                Some(scale) => {
                    let buckets = context.periods(Some(scale))?.span_plan();
                    let count = context.count(&buckets.spans);
                    // Without cuts each bucket is a period.
                    let periods = if buckets.cuts.is_empty() { count } else { buckets.cuts.len() as u64 };
                    (periods, count)
                }
                None => {
                    let spans = context.resolved.ranges.iter().map(|range| context.cover(range));
                    (1, context.count(&spans.collect::<Result<Vec<_>>>()?.concat()))
                }
            };
            Ok(QueryCost {
                groups: combinations.saturating_mul(periods),
                cells: combinations.saturating_mul(buckets).saturating_mul(bins),
            })
        })
    }
}

impl QueryContext<'_> {
    /// Returns the maximum number of buckets of spans.
    fn count(&self, spans: &[Span]) -> u64 {
        let count = |span: &Span| {
            let Some(shortest) = shortest(span.scale) else { return 1 };
            let from = span.from.max(self.watermarks.of(span.scale));
            let seconds = u64::try_from(span.to.saturating_sub(from)).unwrap_or(0);
            seconds.div_ceil(shortest).min(MAX_BUCKETS)
        };
        spans.iter().map(count).fold(0, u64::saturating_add)
    }
}

/// Returns the seconds of the shortest bucket of a scale; none for the single bucket of all time.
const fn shortest(scale: Scale) -> Option<u64> {
    match scale {
        Scale::Minute => Some(60),
        Scale::Hour => Some(3600),
        // An offset change shortens a day by an hour or so.
        Scale::Day => Some(22 * 3600),
        Scale::Week => Some(6 * 86_400),
        Scale::Month => Some(27 * 86_400),
        Scale::Quarter => Some(89 * 86_400),
        Scale::Year => Some(364 * 86_400),
        Scale::Ever => None,
    }
}

/// Returns the number of groups on an axis of a Metrica that the Store does not have: declared choices, unset and
/// other.
fn declared_groups(definition: &Definition, axis: usize) -> u64 {
    let declared = definition.stored_axes.get(axis).map_or(0, |axis| ChoiceTable::new(axis).known().len());
    declared as u64 + 2
}

/// Returns the number of groups on an axis: choices, or paths directly below a path, and those for unset, other and the
/// rest.
fn groups(known: &[Choice], above: Option<&Choice>) -> u64 {
    let above = above.and_then(Choice::as_path);
    let depth = above.map_or(0, |above| above.components().len());
    let is_group = |choice: &&Choice| match choice.as_path() {
        None => true,
        Some(path) => {
            path.components().len() == depth + 1 && above.is_none_or(|above| path.starts_with(above))
        }
    };
    known.iter().filter(is_group).count() as u64 + 3
}
