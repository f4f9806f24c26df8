//! The points a question wants of a bucket, when they can be listed.

use staste_core::plan::{Point, Selector};
use staste_core::store::ChoiceTable;

/// Past so many points a bucket is read whole.
const MANY: usize = 20_000;

/// Which cells of a bucket to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those at these points.
    Points(Vec<Point>),
    /// All of them.
    All,
}

impl Wanted {
    /// The points that a selection can match.
    pub(crate) fn of(selector: &Selector, tables: &[ChoiceTable]) -> Wanted {
        if selector.is_nothing() {
            return Wanted::Points(Vec::new());
        }
        let axes = selector.candidates(tables);
        let Some(axes) = axes.collect::<Option<Vec<Vec<u32>>>>() else { return Wanted::All };
        if axes.iter().map(Vec::len).fold(1, usize::saturating_mul) > MANY {
            return Wanted::All;
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
        Wanted::Points(points)
    }
}
