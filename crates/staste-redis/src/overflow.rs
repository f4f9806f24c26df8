//! Kicks whose cells would overflow: they are found one by one and left out of all their cells.

use staste_core::plan::{Admitted, KickOutcome, RollUp};
use staste_core::store::Part;
use staste_core::{Calendar, Watermarks};

use crate::amounts::Amounts;
use crate::cell_keys::CellKeys;

/// Doubles of a script are this close to the sums they stand for, twice over.
const ROUNDING: i64 = 4096;

/// How far from zero a cell may be so that the kicks of a part can be merged before they are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It does not matter: without kicks of both signs, a sum that fits never was too large.
    Any,
    /// At most so far.
    Within(i64),
    /// They cannot be merged.
    Never,
}

/// The room for a part.
pub(crate) fn room(part: &Part) -> Room {
    let sum = |totals: &mut dyn Iterator<Item = i128>| totals.fold(0, i128::saturating_add);
    let rises = sum(&mut part.kicks.iter().map(|kick| kick.total.max(0)));
    let falls = sum(&mut part.kicks.iter().map(|kick| kick.total.min(0)));
    if rises == 0 || falls == 0 {
        return Room::Any;
    }
    match i64::try_from(rises.max(falls.saturating_neg())) {
        Ok(swing) if swing < i64::MAX - ROUNDING => Room::Within(i64::MAX - swing - ROUNDING),
        _ => Room::Never,
    }
}

/// As much of a total as can be added at once, and taken back: what leads a cell from one end to the
/// other is more than a cell holds.
pub(crate) fn step(total: i128) -> i64 {
    i64::try_from(total.clamp(-i128::from(i64::MAX), i128::from(i64::MAX))).unwrap_or(0)
}

/// Drops the kicks that do not fit on top of what is stored and of the kicks before them.
pub(crate) fn drop(
    part: &Part,
    keys: &CellKeys,
    calendar: &Calendar,
    watermarks: &Watermarks,
    mut amounts: Amounts,
    admitted: &Admitted,
    fates: &mut [KickOutcome],
) {
    for (kick, fate) in part.kicks.iter().zip(fates) {
        let mut roll_up = RollUp::new(&part.definition, calendar, watermarks);
        roll_up.add(kick.at, &keys.levels(admitted, kick, *fate), kick.total, kick.count);
        let mut sums = Vec::new();
        for planned in roll_up.buckets() {
            for cell in planned.cells.iter() {
                let key = (planned.scale, planned.start, cell.point.clone());
                let (total, count) = amounts.get(&key).copied().unwrap_or_default();
                let total = i64::try_from(i128::from(total).saturating_add(cell.total)).ok();
                let count = i64::try_from(i128::from(count) + i128::from(cell.count)).ok();
                sums.push((key, total.zip(count)));
            }
        }
        if sums.iter().all(|(_, sum)| sum.is_some()) {
            amounts.extend(sums.into_iter().filter_map(|(key, sum)| Some((key, sum?))));
        } else {
            *fate = KickOutcome::Dropped;
        }
    }
}
