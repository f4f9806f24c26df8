//! `RollUp`: from kicks to cells. The points of kicks are merged per minute and rolled up scale by scale.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::plan::counted_points::CountedPoints;
use crate::schema::{Definition, Watermarks};
use crate::store::Levels;
use crate::time::{Calendar, EVER_START, Scale};

/// A point as ids, one per axis.
pub type Point = SmallVec<[u32; 6]>;

/// A point and the amount to add to its cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The point.
    pub point: Point,
    /// The amount to add.
    pub amount: Amount,
}

/// The planned cells of one bucket, in order of their points. Buckets with the same kicks share the list.
#[derive(Clone, Debug)]
pub struct PlannedBucket {
    /// Its scale.
    pub scale: Scale,
    /// Its start.
    pub start: i64,
    /// The amounts to add, by point.
    pub cells: Arc<[Cell]>,
}

type Sums = HashMap<Point, Amount, foldhash::fast::RandomState>;

/// Collects kicks and plans the cells of every retained bucket that they belong to.
#[derive(Debug)]
pub struct RollUp<'a> {
    points: CountedPoints,
    calendar: &'a Calendar,
    watermarks: Watermarks,
    /// The sums of the kicks at each instant.
    leaves: BTreeMap<i64, Sums>,
}

impl<'a> RollUp<'a> {
    /// Creates a roll-up without kicks.
    pub fn new(definition: &Definition, calendar: &'a Calendar, watermarks: Watermarks) -> RollUp<'a> {
        RollUp { points: CountedPoints::of(definition), calendar, watermarks, leaves: BTreeMap::new() }
    }

    /// Adds kicks at an instant. Their choices are counted at these levels, one list per axis.
    pub fn add(&mut self, at: i64, axes: &[&Levels], amount: Amount) {
        let sums = self.leaves.entry(at).or_default();
        self.points.each(axes, &mut |point| {
            *sums.entry(Point::from_slice(point)).or_default() += amount;
        });
    }

    /// Returns the cells of every retained bucket, finest scale first, then by start.
    pub fn buckets(self) -> Vec<PlannedBucket> {
        let RollUp { calendar, watermarks, leaves, .. } = self;
        let mut planned = Vec::new();
        let mut level: BTreeMap<i64, Vec<Arc<[Cell]>>> = BTreeMap::new();
        for (at, sums) in leaves {
            let start = calendar.bucket(Scale::Minute, at).start;
            level.entry(start).or_default().push(sorted(sums.into_iter()));
        }
        for scale in Scale::KEPT {
            let mut coarser: BTreeMap<i64, Vec<Arc<[Cell]>>> = BTreeMap::new();
            for (at, children) in level {
                let start = if scale == Scale::Ever { EVER_START } else { calendar.bucket(scale, at).start };
                coarser.entry(start).or_default().extend(children);
            }
            level = BTreeMap::new();
            for (start, children) in coarser {
                let cells = merged(children);
                if watermarks.keeps(scale, start) {
                    planned.push(PlannedBucket { scale, start, cells: Arc::clone(&cells) });
                }
                level.insert(start, vec![cells]);
            }
        }
        planned
    }
}

fn sorted(sums: impl Iterator<Item = (Point, Amount)>) -> Arc<[Cell]> {
    let mut cells: Vec<Cell> = sums.map(|(point, amount)| Cell { point, amount }).collect();
    cells.sort_unstable_by(|one, other| one.point.cmp(&other.point));
    cells.into()
}

/// Merges lists of cells; a single list is shared.
fn merged(mut lists: Vec<Arc<[Cell]>>) -> Arc<[Cell]> {
    if lists.len() == 1
        && let Some(only) = lists.pop()
    {
        return only;
    }
    let mut sums = Sums::default();
    for cell in lists.iter().flat_map(|list| list.iter()) {
        *sums.entry(cell.point.clone()).or_default() += cell.amount;
    }
    sorted(sums.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Axis, Keep, MetricaSpec, Retention};
    use crate::time::Zone;

    #[test]
    fn buckets_below_watermarks_are_not_planned() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let now = 1_700_000_000;
        let mut spec = MetricaSpec::new("m").unwrap();
        spec.axis("age", &Axis::stored()).unwrap();
        let mut definition = spec.reconcile(None).unwrap().0;
        definition.retention = Retention::default().keep(Scale::Month, Keep::Never).unwrap();
        let marks = definition.retention.watermarks(&calendar, now);
        let mut roll_up = RollUp::new(&definition, &calendar, marks);
        let levels = Levels::from_slice(&[3]);
        roll_up.add(now, &[&levels], Amount::new(5, 1));
        roll_up.add(now + 1, &[&levels], Amount::new(6, 1));
        roll_up.add(now - 9 * 86_400, &[&levels], Amount::new(100, 1));
        roll_up.add(now + 60 * 86_400, &[&levels], Amount::new(1000, 1));
        let planned = roll_up.buckets();
        let of = |scale| planned.iter().filter(|bucket| bucket.scale == scale).collect::<Vec<_>>();
        assert_eq!(of(Scale::Minute).len(), 2);
        assert_eq!(of(Scale::Hour).len(), 3);
        assert_eq!(of(Scale::Month).len(), 1, "a scale that is never kept has future buckets only");
        assert_eq!(of(Scale::Ever).len(), 1);
        assert_eq!(
            of(Scale::Ever)[0].cells.iter().map(|cell| cell.amount.total()).collect::<Vec<_>>(),
            [1111, 1111]
        );
        assert_eq!(of(Scale::Minute)[0].cells[1].amount.total(), 11);
    }
}
