//! Kicks whose cells would overflow: they are found one by one and left out of all their cells.

use std::collections::HashMap;

use rusqlite::Connection;
use staste_core::Scale;
use staste_core::plan::{Point, RollUp};
use staste_core::store::Part;

use crate::admit::{Admitted, Fate};
use crate::bucket;
use crate::catalog::{Known, MetricaRow};
use crate::failure::Outcome;
use crate::sql::amounts_at;

type Amounts = HashMap<(Scale, i64, Point), (i64, i64), foldhash::fast::RandomState>;

/// Drops the kicks that do not fit on top of what is stored and of the kicks before them.
pub(crate) fn drop(
    connection: &Connection,
    part: &Part,
    known: &Known,
    row: &MetricaRow,
    admitted: &Admitted,
    fates: &mut [Fate],
) -> Outcome<()> {
    let mut select = connection.prepare_cached(&known.sql.point)?;
    let mut amounts = Amounts::default();
    for (kick, fate) in part.kicks.iter().zip(fates) {
        let mut roll_up = RollUp::new(known.definition.combinations, &known.calendar, &row.watermarks);
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
            *fate = Fate::Dropped;
        }
    }
    Ok(())
}
