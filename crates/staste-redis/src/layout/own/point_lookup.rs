//! The points of a bucket that a question needs, if they can be listed.

use staste_core::plan::{Point, Selector};
use staste_core::store::ChoiceTable;

/// A bucket is read as a whole instead of more points than this.
const MAX_POINTS: usize = 20_000;

/// The cells to read of each bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PointLookup {
    /// The cells at these points.
    Points(Vec<Point>),
    /// All cells.
    All,
}

impl PointLookup {
    /// Returns the points that a selection can match.
    pub(crate) fn of(selector: &Selector, tables: &[ChoiceTable]) -> PointLookup {
        if selector.is_nothing() {
            return PointLookup::Points(Vec::new());
        }
        let axes = selector.candidates(tables);
        let Some(axes) = axes.collect::<Option<Vec<Vec<u32>>>>() else { return PointLookup::All };
        if axes.iter().map(Vec::len).fold(1, usize::saturating_mul) > MAX_POINTS {
            return PointLookup::All;
        }
        let mut points = vec![Point::new()];
        for ids in &axes {
            points = points
                .iter()
                .flat_map(|point| {
                    ids.iter().map(|id| {
                        let mut longer = point.clone();
                        longer.push(*id);
                        longer
                    })
                })
                .collect();
        }
        PointLookup::Points(points)
    }
}
