//! `RollUp`: from kicks to cells. The points of kicks are merged per minute and rolled up scale by scale.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::amount::Amount;
use crate::schema::{Combinations, Definition, Watermarks};
use crate::store::{ALL, Levels, Picks};
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
    definition: &'a Definition,
    calendar: &'a Calendar,
    watermarks: Watermarks,
    /// The sums of the kicks at each instant.
    leaves: BTreeMap<i64, Sums>,
}

impl<'a> RollUp<'a> {
    /// Creates a roll-up without kicks.
    pub fn new(definition: &'a Definition, calendar: &'a Calendar, watermarks: Watermarks) -> RollUp<'a> {
        RollUp { definition, calendar, watermarks, leaves: BTreeMap::new() }
    }

    /// Adds kicks at an instant. Their choices are counted at these levels, one list per axis.
    pub fn add(&mut self, at: i64, axes: &[&Levels], amount: Amount) {
        let sums = self.leaves.entry(at).or_default();
        points_of(self.definition.combinations, axes, &mut |point| {
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

/// Calls `each` with every point at which a kick is counted, given the levels of its choice on each axis.
///
/// With [`Combinations::Every`] these are all combinations of the levels and ALL; with [`Combinations::Pairs`] the full
/// point and all combinations with at most two axes that are not at ALL.
pub fn points_of(combinations: Combinations, axes: &[&Levels], each: &mut dyn FnMut(&[u32])) {
    let mut point: Picks = SmallVec::from_elem(ALL, axes.len());
    match combinations {
        Combinations::Every => choose(axes, 0, axes.len(), &mut point, each),
        Combinations::Pairs => {
            choose(axes, 0, 2, &mut point, each);
            for (id, levels) in point.iter_mut().zip(axes) {
                *id = levels.last().copied().unwrap_or(ALL);
            }
            each(&point);
        }
    }
}

/// Combines the axes from `axis` on, of which at most `left` more are not at ALL.
fn choose(axes: &[&Levels], axis: usize, left: usize, point: &mut [u32], each: &mut dyn FnMut(&[u32])) {
    let Some(levels) = axes.get(axis).filter(|_| left > 0) else {
        each(point);
        return;
    };
    choose(axes, axis + 1, left, point, each);
    for level in *levels {
        if let Some(id) = point.get_mut(axis) {
            *id = *level;
        }
        choose(axes, axis + 1, left - 1, point, each);
    }
    if let Some(id) = point.get_mut(axis) {
        *id = ALL;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Keep, MetricaSpec, Retention};
    use crate::time::Zone;

    fn points(combinations: Combinations, axes: &[&[u32]]) -> Vec<Vec<u32>> {
        let levels: Vec<Levels> = axes.iter().map(|axis| Levels::from_slice(axis)).collect();
        let mut found = Vec::new();
        points_of(combinations, &levels.iter().collect::<Vec<_>>(), &mut |point| found.push(point.to_vec()));
        found.sort();
        found
    }

    #[test]
    fn every_combination_includes_every_level() {
        assert_eq!(points(Combinations::Every, &[]), [Vec::<u32>::new()]);
        assert_eq!(points(Combinations::Every, &[&[3], &[4]]), [[0, 0], [0, 4], [3, 0], [3, 4]]);
        assert_eq!(points(Combinations::Every, &[&[3, 7]]), [[0], [3], [7]]);
        assert_eq!(points(Combinations::Every, &[&[3][..]; 5]).len(), 32);
    }

    #[test]
    fn pairs_of_six_axes_include_the_full_point() {
        let found = points(Combinations::Pairs, &[&[3][..]; 6]);
        assert_eq!(found.len(), 1 + 6 + 15 + 1);
        assert!(found.contains(&vec![3; 6]));
        let path = points(Combinations::Pairs, &[&[3, 4], &[5], &[5], &[5], &[5], &[5]]);
        assert!(path.contains(&vec![4, 5, 5, 5, 5, 5]) && !path.contains(&vec![3, 5, 5, 5, 5, 5]));
    }

    #[test]
    fn buckets_below_watermarks_are_not_planned() {
        let calendar = Calendar::new(Zone::utc(), 0);
        let now = 1_700_000_000;
        let mut definition = MetricaSpec::new("m").unwrap().reconcile(None).unwrap().0;
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
