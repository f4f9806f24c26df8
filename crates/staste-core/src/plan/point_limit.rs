//! `PointLimit`: the limit on points of a Metrica while the kicks of a part are decided.

use std::collections::HashSet;

use crate::plan::counted_points::CountedPoints;
use crate::plan::roll_up::Point;
use crate::plan::stored_cells::StoredCells;
use crate::schema::Definition;
use crate::store::{ALL, Levels};
use crate::time::{EVER_START, Scale};

/// The points of a Metrica: the number of those stored, and those that the kicks decided so far added.
pub(crate) struct PointLimit {
    points: CountedPoints,
    limit: u64,
    stored: u64,
    added: HashSet<Point, foldhash::fast::RandomState>,
}

impl PointLimit {
    /// Creates the limit of a Metrica that has `stored` points.
    pub(crate) fn new(definition: &Definition, stored: u64) -> PointLimit {
        PointLimit {
            points: CountedPoints::of(definition),
            limit: definition.points,
            stored,
            added: HashSet::default(),
        }
    }

    /// Returns true when the full point of a kick is known, or another point may be added.
    pub(crate) fn has_room<L: StoredCells>(
        &self,
        levels: &[&Levels],
        stored: &mut L,
    ) -> Result<bool, L::Error> {
        let full: Point = levels.iter().map(|levels| levels.last().copied().unwrap_or(ALL)).collect();
        Ok(self.is_known(&full, stored)? || self.stored + (self.added.len() as u64) < self.limit)
    }

    fn is_known<L: StoredCells>(&self, point: &Point, stored: &mut L) -> Result<bool, L::Error> {
        Ok(self.added.contains(point) || stored.amount(Scale::Ever, EVER_START, point)?.is_some())
    }

    /// Adds the new points of a kick.
    pub(crate) fn add<L: StoredCells>(&mut self, levels: &[&Levels], stored: &mut L) -> Result<(), L::Error> {
        let mut reached: Vec<Point> = Vec::new();
        self.points.each(levels, &mut |point| reached.push(Point::from_slice(point)));
        for point in reached {
            if !self.is_known(&point, stored)? {
                self.added.insert(point);
            }
        }
        Ok(())
    }
}
