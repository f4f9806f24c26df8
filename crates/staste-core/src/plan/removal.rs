//! Taking kicks out of cells again, so that every sum stays a sum.
//!
//! A removal is planned per bucket from the cells that match a filter: what matches goes, and the
//! same amounts go from every point that counted those kicks too: the combinations in which filtered
//! axes are at ALL or at a path above.

use std::collections::HashMap;

use crate::amount::Amount;
use crate::plan::roll_up::Point;
use crate::schema::Combinations;
use crate::store::{ALL, ChoiceTable, Levels, OTHER};

/// Changes of amounts by point.
pub type Changes = HashMap<Point, Amount, foldhash::fast::RandomState>;

/// Adds changes to the sums of others.
pub(crate) fn add_changes(sums: &mut Changes, changes: &Changes) {
    for (point, change) in changes {
        *sums.entry(point.clone()).or_default() += *change;
    }
}

/// Which kicks to take out: per axis the id of a choice, a path standing for everything below it.
#[derive(Clone, Debug)]
pub(crate) struct Removal<'a> {
    /// The tables of all axes.
    pub(crate) tables: &'a [ChoiceTable],
    /// Per axis the id to remove, or none.
    pub(crate) filter: &'a [Option<u32>],
    /// Which points kicks bump.
    pub(crate) combinations: Combinations,
    /// Keep the kicks, at this *other* next to the one filtered id.
    pub(crate) into_other: Option<u32>,
}

impl Removal<'_> {
    /// The changes that take the kicks out which the cells of one bucket hold.
    pub(crate) fn changes<'c>(&self, cells: impl Iterator<Item = (&'c [u32], Amount)>) -> Changes {
        let mut changes = Changes::default();
        for (point, amount) in cells {
            match (self.into_other, self.combinations) {
                (Some(other), _) => self.move_to(other, point, amount, &mut changes),
                (None, Combinations::Every) => self.take_every(point, amount, &mut changes),
                (None, Combinations::Pairs) => self.take_full(point, amount, &mut changes),
            }
        }
        changes.retain(|_, change| !change.is_zero());
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
    fn take_every(&self, point: &[u32], amount: Amount, changes: &mut Changes) {
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
        subtract(&targets, amount, changes);
    }

    /// With pairs only the full points tell which kicks match.
    fn take_full(&self, point: &[u32], amount: Amount, changes: &mut Changes) {
        if point.contains(&ALL) || !self.is_hit(point) {
            return;
        }
        let levels: Vec<Levels> = point.iter().enumerate().map(|(axis, id)| self.levels(axis, *id)).collect();
        let mut targets = Vec::new();
        super::points_of(self.combinations, &levels.iter().collect::<Vec<_>>(), &mut |point| {
            targets.push(Point::from_slice(point));
        });
        subtract(&targets, amount, changes);
    }

    /// Moves a cell of the filtered choice to *other*. Cells below a path go, as its own cell holds
    /// their kicks - but for full points, which stand for themselves.
    fn move_to(&self, other: u32, point: &[u32], amount: Amount, changes: &mut Changes) {
        if !self.is_hit(point) {
            return;
        }
        subtract(&[Point::from_slice(point)], amount, changes);
        let stands_alone = self.combinations == Combinations::Pairs && !point.contains(&ALL);
        let mut moved = Point::from_slice(point);
        for (wanted, id) in self.filter.iter().zip(moved.iter_mut()) {
            match wanted {
                Some(wanted) if id == wanted || stands_alone => *id = other,
                Some(_) => return,
                None => {}
            }
        }
        subtract(&[moved], -amount, changes);
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

fn subtract(targets: &[Point], amount: Amount, changes: &mut Changes) {
    for target in targets {
        *changes.entry(target.clone()).or_default() -= amount;
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
