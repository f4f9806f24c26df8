//! The most that a question can read, which is known before it is put to the Store.

use crate::api::view::View;
use crate::api::view::ask::{Planning, retry_stale};
use crate::error::Result;
use crate::schema::{Choice, Definition};
use crate::store::{ChoiceTable, Span};
use crate::time::Scale;

/// More buckets than a span can be asked for at once; where an end is open they cannot be counted.
const MAX_BUCKETS: u64 = 100_000;

/// The most that a question reads and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ViewExtent {
    /// Groups of the answer: a combination of choices in a period.
    pub groups: u64,
    /// Cells that are read for them.
    pub cells: u64,
}

impl View {
    /// The most that a breakdown by some axes reads, in one period or in those of a scale: as many groups as there are
    /// combinations of the choices known on these axes, and as many cells as buckets hold of them.
    ///
    /// ```
    /// use staste::{Axis, MemoryStore, Staste};
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests =
    ///     staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored()).build()?;
    /// guests.kick([("gender", "girl"), ("age", "18")])?;
    /// guests.kick([("gender", "girl"), ("age", "19")])?;
    /// // Each axis has two choices; next to them are those that left it out, or are past its cap.
    /// let both = guests.values().extent(&["gender", "age"], None)?;
    /// assert!((4..=25).contains(&both.groups) && both.cells == both.groups);
    /// assert!(guests.filter([("age", "18")])?.extent(&["gender", "age"], None)?.groups <= 5);
    /// # Ok::<(), staste::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::pivot`] and [`View::series`].
    pub fn extent(&self, axes: &[&str], scale: Option<Scale>) -> Result<ViewExtent> {
        self.limited(|| self.extent_within_limit(axes, scale))
    }

    fn extent_within_limit(&self, axes: &[&str], scale: Option<Scale>) -> Result<ViewExtent> {
        self.metrica.flush_pending(self.max_age)?;
        let store = self.metrica.staste().store();
        retry_stale(&self.metrica, |definition, is_stored| {
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
            let planning = Planning::new(self, definition)?;
            let (periods, buckets) = match scale {
                Some(scale) => {
                    let buckets = planning.periods(Some(scale))?.buckets();
                    let count = planning.count(&buckets.spans);
                    // Without cuts each bucket is a period.
                    let periods = if buckets.cuts.is_empty() { count } else { buckets.cuts.len() as u64 };
                    (periods, count)
                }
                None => {
                    let spans = planning.resolved.ranges.iter().map(|range| planning.compose(range));
                    (1, planning.count(&spans.collect::<Result<Vec<_>>>()?.concat()))
                }
            };
            Ok(ViewExtent {
                groups: combinations.saturating_mul(periods),
                cells: combinations.saturating_mul(buckets),
            })
        })
    }
}

impl Planning<'_> {
    /// The most buckets that spans have.
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

/// The seconds of the shortest bucket of a scale; none where there is one bucket for all time.
const fn shortest(scale: Scale) -> Option<u64> {
    match scale {
        Scale::Minute => Some(60),
        Scale::Hour => Some(3600),
        // Clocks are set by an hour or so.
        Scale::Day => Some(22 * 3600),
        Scale::Week => Some(6 * 86_400),
        Scale::Month => Some(27 * 86_400),
        Scale::Quarter => Some(89 * 86_400),
        Scale::Year => Some(364 * 86_400),
        Scale::Ever => None,
    }
}

/// The groups on an axis of a Metrica that the Store does not have: the declared choices, unset and other.
fn declared_groups(definition: &Definition, axis: usize) -> u64 {
    let declared = definition.axes.get(axis).map_or(0, |axis| ChoiceTable::new(axis).known().len());
    declared as u64 + 2
}

/// The groups on an axis: each choice, or each place right below one on a path, and what is none of these.
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
