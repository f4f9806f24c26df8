//! Taking kicks out of cells again, so that every sum stays a sum.
//!
//! A removal is planned per bucket from the cells that match a filter: what matches goes, and the
//! same amounts go from every point that counted those kicks too: the combinations in which filtered
//! axes are at ALL or at a path above.

use std::collections::HashMap;

use super::roll_up::Point;
use crate::schema::Combinations;
use crate::store::{ALL, ChoiceTable, Levels, OTHER};

/// Changes of totals and counts by point.
pub type Changes = HashMap<Point, (i128, i128), foldhash::fast::RandomState>;

/// Adds changes to the sums of others.
pub fn add_changes(sums: &mut Changes, changes: &Changes) {
    for (point, (total, count)) in changes {
        let sum = sums.entry(point.clone()).or_default();
        sum.0 += total;
        sum.1 += count;
    }
}

/// Which kicks to take out: per axis the id of a choice, a path standing for everything below it.
#[derive(Clone, Debug)]
pub struct Removal<'a> {
    /// The tables of all axes.
    pub tables: &'a [ChoiceTable],
    /// Per axis the id to remove, or none.
    pub filter: Vec<Option<u32>>,
    /// Which points kicks bump.
    pub combinations: Combinations,
    /// Keep the kicks, at this *other* beside the one filtered id.
    pub into_other: Option<u32>,
}

impl Removal<'_> {
    /// The changes that take the kicks out which the cells of one bucket hold.
    pub fn changes<'c>(&self, cells: impl Iterator<Item = (&'c [u32], i64, i64)>) -> Changes {
        let mut changes = Changes::default();
        for (point, total, count) in cells {
            let (total, count) = (i128::from(total), i128::from(count));
            match (self.into_other, self.combinations) {
                (Some(other), _) => self.move_to(other, point, total, count, &mut changes),
                (None, Combinations::Every) => self.take_every(point, total, count, &mut changes),
                (None, Combinations::Pairs) => self.take_full(point, total, count, &mut changes),
            }
        }
        changes.retain(|_, change| *change != (0, 0));
        changes
    }

    /// True when the id is the filtered one or below it.
    fn matches(&self, axis: usize, wanted: u32, id: u32) -> bool {
        id == wanted
            || (id != ALL
                && wanted > OTHER
                && self.tables.get(axis).is_some_and(|table| table.below(wanted, id).is_some()))
    }

    /// The filtered id on an axis, if the point holds it or one below it on every filtered axis.
    fn is_hit(&self, point: &[u32]) -> bool {
        self.filter
            .iter()
            .zip(point)
            .enumerate()
            .all(|(axis, (wanted, id))| wanted.is_none_or(|wanted| self.matches(axis, wanted, *id)))
    }

    /// With every combination there is a cell for each subset of the filtered axes.
    fn take_every(&self, point: &[u32], total: i128, count: i128, changes: &mut Changes) {
        if !self.is_hit(point) {
            return;
        }
        let mut targets: Vec<Point> = vec![Point::from_slice(point)];
        for (axis, wanted) in self.filter.iter().enumerate() {
            let (Some(wanted), Some(id)) = (wanted, point.get(axis)) else { continue };
            // Only the filtered choice itself counts in the cells above it; those below it are in it.
            if id == wanted {
                let above = self.above(axis, *wanted);
                let copies: Vec<Point> =
                    targets.iter().flat_map(|target| with(target, axis, &above)).collect();
                targets.extend(copies);
            }
        }
        subtract(&targets, total, count, changes);
    }

    /// With pairs only the full points tell which kicks match.
    fn take_full(&self, point: &[u32], total: i128, count: i128, changes: &mut Changes) {
        if point.contains(&ALL) || !self.is_hit(point) {
            return;
        }
        let levels: Vec<Levels> = point.iter().enumerate().map(|(axis, id)| self.levels(axis, *id)).collect();
        let mut targets = Vec::new();
        super::points_of(self.combinations, &levels.iter().collect::<Vec<_>>(), &mut |point| {
            targets.push(Point::from_slice(point));
        });
        subtract(&targets, total, count, changes);
    }

    /// Moves a cell of the filtered choice to *other*. Cells below a path go, as its own cell holds
    /// their kicks - but for full points, which stand for themselves.
    fn move_to(&self, other: u32, point: &[u32], total: i128, count: i128, changes: &mut Changes) {
        if !self.is_hit(point) {
            return;
        }
        subtract(&[Point::from_slice(point)], total, count, changes);
        let stands_alone = self.combinations == Combinations::Pairs && !point.contains(&ALL);
        let mut moved = Point::from_slice(point);
        for (wanted, id) in self.filter.iter().zip(moved.iter_mut()) {
            match wanted {
                Some(wanted) if id == wanted || stands_alone => *id = other,
                Some(_) => return,
                None => {}
            }
        }
        subtract(&[moved], -total, -count, changes);
    }

    fn above(&self, axis: usize, id: u32) -> Vec<u32> {
        let mut above = vec![ALL];
        let mut at = id;
        while let Some(parent) = self.tables.get(axis).map(|table| table.parent(at)).filter(|id| *id != ALL) {
            above.push(parent);
            at = parent;
        }
        above
    }

    fn levels(&self, axis: usize, id: u32) -> Levels {
        let mut levels: Vec<u32> = self.above(axis, id);
        levels.retain(|above| *above != ALL);
        levels.reverse();
        levels.push(id);
        levels.into()
    }
}

fn subtract(targets: &[Point], total: i128, count: i128, changes: &mut Changes) {
    for target in targets {
        let change = changes.entry(target.clone()).or_default();
        change.0 -= total;
        change.1 -= count;
    }
}

fn with(point: &Point, axis: usize, ids: &[u32]) -> Vec<Point> {
    let copies = ids.iter().map(|id| {
        let mut copy = point.clone();
        if let Some(slot) = copy.get_mut(axis) {
            *slot = *id;
        }
        copy
    });
    copies.collect()
}
