//! Writes planned cells, and finds stored cells for the decisions of the core.

use rusqlite::{CachedStatement, Connection};
use staste_core::plan::{PlannedBucket, StoredCells};
use staste_core::{Amount, Scale};

use crate::cells::bucket;
use crate::failure::{Failure, Outcome};
use crate::metrica::row::MetricaRow;
use crate::sql::{Sql, amount_at, bind_amount, bind_key};

/// Adds planned cells to the stored cells of a Metrica. Before that, totals of stored cells may be at most `headroom`
/// from zero, if it is given. Returns the number of planned cells.
pub(crate) fn write(
    connection: &Connection,
    sql: &Sql,
    row: &mut MetricaRow,
    planned: &[PlannedBucket],
    headroom: Option<i64>,
) -> Outcome<usize> {
    let mut upsert = connection.prepare_cached(&sql.upsert)?;
    let mut add_to_stored = connection.prepare_cached(&sql.add)?;
    let mut insert = connection.prepare_cached(&sql.insert)?;
    for statement in [&mut upsert, &mut add_to_stored] {
        statement.raw_bind_parameter(sql.headroom(), headroom)?;
    }
    let mut written = 0;
    for bucket in planned {
        let (id, is_new) = bucket::find_or_create(connection, row, bucket.scale, bucket.start)?;
        written += bucket.cells.len();
        for cell in bucket.cells.iter() {
            let add = |statement: &mut CachedStatement<'_>, total: i64, count: i128| -> Outcome<usize> {
                let count = i64::try_from(count).map_err(|_| Failure::Overflow)?;
                bind_key(statement, id, &cell.point)?;
                bind_amount(statement, sql, total, count)?;
                Ok(statement.raw_execute()?)
            };
            let mut steps = cell.amount.steps();
            let (total, count) = steps.next().unwrap_or_default();
            if bucket.scale == Scale::Ever {
                // The number of points is the number of cells in this bucket.
                if is_new || add(&mut add_to_stored, total, count)? == 0 {
                    add(&mut insert, total, count)?;
                    row.points += 1;
                }
            } else {
                add(if is_new { &mut insert } else { &mut upsert }, total, count)?;
            }
            for (total, count) in steps {
                add(&mut add_to_stored, total, count)?;
            }
        }
    }
    Ok(written)
}

/// The stored cells of a Metrica.
pub(crate) struct CellSelect<'a> {
    connection: &'a Connection,
    metrica: i64,
    select: CachedStatement<'a>,
    /// The last bucket that was looked up, and its id if it is stored.
    last: Option<((Scale, i64), Option<i64>)>,
}

impl<'a> CellSelect<'a> {
    pub(crate) fn new(connection: &'a Connection, metrica: i64, sql: &Sql) -> Outcome<CellSelect<'a>> {
        Ok(CellSelect { connection, metrica, select: connection.prepare_cached(&sql.select)?, last: None })
    }
}

impl StoredCells for CellSelect<'_> {
    type Error = Failure;

    fn amount(&mut self, scale: Scale, start: i64, point: &[u32]) -> Outcome<Option<Amount>> {
        let id = match self.last {
            Some((last, id)) if last == (scale, start) => id,
            _ => bucket::find(self.connection, self.metrica, scale, start)?,
        };
        self.last = Some(((scale, start), id));
        match id {
            Some(id) => amount_at(&mut self.select, id, point),
            None => Ok(None),
        }
    }
}
