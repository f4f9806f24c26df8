//! The cap on points: kicks at new points fold when there is no place for them.

use std::collections::HashSet;

use rusqlite::Connection;
use staste_core::Scale;
use staste_core::plan::{Admitted, KickOutcome, PlannedBucket, Point, points_of};
use staste_core::store::Part;

use crate::bucket;
use crate::catalog::{Known, MetricaRow};
use crate::failure::Outcome;
use crate::sql::{amounts_at, unsigned};

/// True when the planned cells may be more than the Metrica keeps.
pub(crate) fn may_be_full(part: &Part, row: &MetricaRow, planned: &[PlannedBucket]) -> bool {
    let ever = planned.iter().filter(|bucket| bucket.scale == Scale::Ever);
    let new: usize = ever.map(|bucket| bucket.cells.len()).sum();
    points_of_row(row).saturating_add(new as u64) > part.definition.points
}

/// Decides kick by kick, in their order, which fold: those whose full point is new when the bucket
/// *ever* holds as many points as the definition allows.
pub(crate) fn fold(
    connection: &Connection,
    part: &Part,
    known: &Known,
    row: &MetricaRow,
    admitted: &Admitted,
    fates: &mut [KickOutcome],
) -> Outcome<()> {
    if !admitted.can_fold() {
        return Ok(());
    }
    let ever = bucket::ever(connection, known.id)?;
    let mut select = connection.prepare_cached(&known.sql.point)?;
    let mut added: HashSet<Point, foldhash::fast::RandomState> = HashSet::default();
    let mut points = points_of_row(row);
    for (kick, fate) in part.kicks.iter().zip(fates) {
        let levels = admitted.levels(kick, KickOutcome::Counted);
        let full: Point = levels.iter().filter_map(|levels| levels.last().copied()).collect();
        let mut is_stored = |point: &Point| -> Outcome<bool> {
            Ok(match ever {
                Some(ever) => amounts_at(&mut select, ever, point)?.is_some(),
                None => false,
            })
        };
        if added.contains(&full) || is_stored(&full)? {
            continue;
        }
        if points >= part.definition.points {
            *fate = KickOutcome::FoldedToOther;
            continue;
        }
        let mut reached: Vec<Point> = Vec::new();
        points_of(known.definition.combinations, &levels, &mut |point| {
            reached.push(Point::from_slice(point));
        });
        for point in reached {
            if !added.contains(&point) && !is_stored(&point)? {
                points += 1;
                added.insert(point);
            }
        }
    }
    Ok(())
}

fn points_of_row(row: &MetricaRow) -> u64 {
    unsigned(row.points)
}
