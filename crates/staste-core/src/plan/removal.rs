//! `Removal`: subtracting kicks from the cells of a bucket so that every sum stays a sum.
//!
//! A removal is planned from the cells of a bucket that match a filter. Their amounts are subtracted from the cells
//! themselves and from every point at which the same kicks were counted too: the combinations in which filtered axes
//! are at ALL or at a path above.

use std::collections::HashMap;

use crate::amount::Amount;
use crate::plan::counted_points::CountedPoints;
use crate::plan::erased_ids::ErasedIds;
use crate::plan::roll_up::Point;
use crate::store::{ALL, ChoiceTable, Levels};

/// Changes of amounts by point.
pub type Changes = HashMap<Point, Amount, foldhash::fast::RandomState>;

/// Adds changes to sums of changes.
pub(crate) fn add_changes(sums: &mut Changes, changes: &Changes) {
    for (point, change) in changes {
        *sums.entry(point.clone()).or_default() += *change;
    }
}

/// The kicks to remove: per axis the ids of choices; a path includes everything below it.
#[derive(Clone, Debug)]
pub(crate) struct Removal<'a> {
    /// The tables of all axes.
    pub(crate) tables: &'a [ChoiceTable],
    /// Per axis the ids to remove; none for an axis without a filter.
    pub(crate) filter: &'a [Option<ErasedIds>],
    /// The points at which kicks are counted.
    pub(crate) points: CountedPoints,
    /// True to move kicks at the ids of the one filtered axis to *other*.
    pub(crate) into_other: bool,
}

impl Removal<'_> {
    /// Returns the changes that remove the kicks from the cells of one bucket.
    pub(crate) fn changes<'c>(&self, cells: impl Iterator<Item = (&'c [u32], Amount)>) -> Changes {
        let mut changes = Changes::default();
        for (point, amount) in cells {
            match (self.into_other, self.points.has_every_combination(self.points.bin_of(point))) {
                (true, _) => self.move_to_other(point, amount, &mut changes),
                (false, true) => self.remove_every(point, amount, &mut changes),
                (false, false) => self.remove_full(point, amount, &mut changes),
            }
        }
        changes.retain(|_, change| !change.is_zero());
        changes
    }

    /// Returns true when the point has a filtered id, or one below it, on every filtered axis.
    fn matches_filter(&self, point: &[u32]) -> bool {
        self.filter.iter().zip(self.tables).zip(point).all(|((wanted, table), id)| {
            wanted.as_ref().is_none_or(|wanted| wanted.at_or_above(*id, table).is_some())
        })
    }

    /// Removes a cell where every combination is counted: there is a cell for each subset of the filtered axes.
    fn remove_every(&self, point: &[u32], amount: Amount, changes: &mut Changes) {
        if !self.matches_filter(point) {
            return;
        }
        let mut targets: Vec<Point> = vec![Point::from_slice(point)];
        for (axis, wanted) in self.filter.iter().enumerate() {
            let (Some(wanted), Some(id)) = (wanted, point.get(axis)) else { continue };
            // The cell of the filtered choice includes the cells below it, so that only it is subtracted from those
            // above.
            if wanted.contains(*id) {
                let above = self.ancestors(axis, *id);
                let copies: Vec<Point> =
                    targets.iter().flat_map(|target| with_ids(target, axis, &above)).collect();
                targets.extend(copies);
            }
        }
        subtract(&targets, amount, changes);
    }

    /// Removes a full point where not every combination is counted: other points do not determine which kicks match.
    fn remove_full(&self, point: &[u32], amount: Amount, changes: &mut Changes) {
        if !self.points.is_full(point) || !self.matches_filter(point) {
            return;
        }
        let levels: Vec<Levels> = point.iter().enumerate().map(|(axis, id)| self.levels(axis, *id)).collect();
        let mut targets = Vec::new();
        let levels: Vec<&Levels> = levels.iter().collect();
        self.points.each_in_bin(&levels, self.points.bin_of(point), &mut |point| {
            targets.push(Point::from_slice(point));
        });
        subtract(&targets, amount, changes);
    }

    /// Moves a cell of a filtered choice to *other*. Cells below a path are removed, since the cell of the path
    /// includes their kicks. Full points are not included in others where not every combination is counted.
    fn move_to_other(&self, point: &[u32], amount: Amount, changes: &mut Changes) {
        if !self.matches_filter(point) {
            return;
        }
        subtract(&[Point::from_slice(point)], amount, changes);
        let has_every = self.points.has_every_combination(self.points.bin_of(point));
        let is_not_included = !has_every && self.points.is_full(point);
        let mut moved = Point::from_slice(point);
        for ((wanted, table), id) in self.filter.iter().zip(self.tables).zip(moved.iter_mut()) {
            let Some(wanted) = wanted else { continue };
            if !is_not_included && !wanted.contains(*id) {
                return;
            }
            *id = table.other_next_to(wanted.at_or_above(*id, table).unwrap_or(*id));
        }
        subtract(&[moved], -amount, changes);
    }

    fn ancestors(&self, axis: usize, id: u32) -> Vec<u32> {
        let mut above = vec![ALL];
        let mut at = id;
        while let Some(parent) = self.tables.get(axis).map(|table| table.parent(at)).filter(|id| *id != ALL) {
            above.push(parent);
            at = parent;
        }
        above
    }

    fn levels(&self, axis: usize, id: u32) -> Levels {
        let mut levels: Vec<u32> = self.ancestors(axis, id);
        levels.retain(|above| *above != ALL);
        levels.reverse();
        levels.push(id);
        levels.into()
    }
}

fn subtract(targets: &[Point], amount: Amount, changes: &mut Changes) {
    for target in targets {
        *changes.entry(target.clone()).or_default() -= amount;
    }
}

/// Returns copies of a point, each with another id on the axis.
fn with_ids(point: &Point, axis: usize, ids: &[u32]) -> Vec<Point> {
    let copies = ids.iter().map(|id| {
        let mut copy = point.clone();
        if let Some(own) = copy.get_mut(axis) {
            *own = *id;
        }
        copy
    });
    copies.collect()
}
