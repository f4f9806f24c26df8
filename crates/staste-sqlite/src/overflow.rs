//! Kicks whose cells would overflow: they are found one by one and left out of all their cells.

use std::collections::HashMap;

use rusqlite::Connection;
use staste_core::Scale;
use staste_core::plan::{Admitted, KickOutcome, Point, RollUp};
use staste_core::store::Part;

use crate::bucket;
use crate::catalog::{Known, MetricaRow};
use crate::failure::{Failure, Outcome};
use crate::sql::amounts_at;

type Amounts = HashMap<(Scale, i64, Point), (i64, i64), foldhash::fast::RandomState>;

/// How far from zero a cell may be so that the kicks of a part can be merged before they are added;
/// none when it does not matter: without kicks of both signs, a sum that fits never was too large.
pub(crate) fn room(part: &Part) -> Outcome<Option<i64>> {
    let sum = |totals: &mut dyn Iterator<Item = i128>| totals.fold(0, i128::saturating_add);
    let rises = sum(&mut part.kicks.iter().map(|kick| kick.total.max(0)));
    let falls = sum(&mut part.kicks.iter().map(|kick| kick.total.min(0)));
    if rises == 0 || falls == 0 {
        return Ok(None);
    }
    let swing = i64::try_from(rises.max(falls.saturating_neg())).map_err(|_| Failure::Overflow)?;
    Ok(Some(i64::MAX - swing))
}

/// As much of a total as can be added at once: what leads a cell from one end to the other is more
/// than a cell holds.
pub(crate) fn step(total: i128) -> i64 {
    i64::try_from(total).unwrap_or(if total > 0 { i64::MAX } else { i64::MIN })
}

/// Drops the kicks that do not fit on top of what is stored and of the kicks before them.
pub(crate) fn drop(
    connection: &Connection,
    part: &Part,
    known: &Known,
    row: &MetricaRow,
    admitted: &Admitted,
    fates: &mut [KickOutcome],
) -> Outcome<()> {
    let mut select = connection.prepare_cached(&known.sql.point)?;
    let mut amounts = Amounts::default();
    for (kick, fate) in part.kicks.iter().zip(fates) {
        let mut roll_up = RollUp::new(&known.definition, &known.calendar, &row.watermarks);
        roll_up.add(kick.at, &admitted.levels(kick, *fate), kick.total, kick.count);
        let mut sums = Vec::new();
        for planned in roll_up.buckets() {
            let id = bucket::find(connection, known.id, planned.scale, planned.start)?;
            for cell in planned.cells.iter() {
                let key = (planned.scale, planned.start, cell.point.clone());
                let (total, count) = match (amounts.get(&key), id) {
                    (Some(amounts), _) => *amounts,
                    (None, Some(id)) => amounts_at(&mut select, id, &cell.point)?.unwrap_or_default(),
                    (None, None) => (0, 0),
                };
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
    Ok(())
}
