//! The cap on points: kicks at new points fold when there is no place for them.

use std::collections::HashSet;

use staste_core::Scale;
use staste_core::plan::{Admitted, KickOutcome, PlannedBucket, Point, points_of};
use staste_core::store::Part;

use crate::amounts::Found;
use crate::cell_keys::{CellKeys, full_point};

/// How many points there may be before, so that the planned ones have a place; negative when they are
/// too many by themselves.
pub(crate) fn limit(part: &Part, planned: &[PlannedBucket]) -> i128 {
    let ever = planned.iter().filter(|bucket| bucket.scale == Scale::Ever);
    let new: usize = ever.map(|bucket| bucket.cells.len()).sum();
    i128::from(part.definition.points) - new as i128
}

/// Decides kick by kick, in their order, which fold: those whose full point is new when the bucket
/// *ever* holds as many points as the definition allows.
pub(crate) fn fold(
    part: &Part,
    keys: &CellKeys,
    ever: i64,
    found: &Found,
    admitted: &Admitted,
    fates: &mut [KickOutcome],
) {
    let mut there: HashSet<Point> = HashSet::new();
    there.extend(
        found.amounts.keys().filter(|(_, start, _)| *start == ever).map(|(_, _, point)| point.clone()),
    );
    let mut points = found.points;
    for (kick, fate) in part.kicks.iter().zip(fates) {
        let levels = keys.levels(admitted, kick, KickOutcome::Counted);
        if there.contains(&full_point(&levels)) {
            continue;
        }
        if points >= part.definition.points {
            *fate = KickOutcome::FoldedToOther;
            continue;
        }
        points_of(part.definition.combinations, &levels, &mut |point| {
            if there.insert(Point::from_slice(point)) {
                points += 1;
            }
        });
    }
}
