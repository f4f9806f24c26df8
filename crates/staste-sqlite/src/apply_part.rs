//! The kicks of one Metrica landing in their cells.

use rusqlite::{CachedStatement, Connection};
use staste_core::Scale;
use staste_core::plan::{Admitted, KickOutcome, PlannedBucket, RollUp};
use staste_core::store::ClockCheck;
use staste_core::store::Part;

use crate::bucket;
use crate::catalog::{Catalog, Known, MetricaRow, store_choices};
use crate::failure::{Failure, Outcome};
use crate::sql::{bind_amounts, bind_key};
use crate::{crowd, overflow};

/// How a part is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// All kicks merged; that one of them might overflow fails the whole.
    Merged,
    /// Kick by kick, leaving out those that would overflow.
    KickByKick,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Landed {
    pub(crate) folded: u64,
    pub(crate) overflowed: u64,
    /// Cells bumped.
    pub(crate) cells: usize,
}

/// Adds a part within the transaction of its batch.
pub(crate) fn land(
    connection: &Connection,
    catalog: &mut Catalog,
    part: &Part,
    care: Care,
    clock: ClockCheck,
) -> Outcome<Landed> {
    let before = MetricaRow::get(connection, &part.definition.name)?;
    let known = catalog.known(connection, &before, &part.definition)?;
    known.agree(&part.definition);
    let mut row = before;
    row.watermarks = row.watermarks.raised_to(&clock.watermarks(part, &known.calendar));

    let admitted = Admitted::new(part, &mut known.tables);

    let mut fates = vec![KickOutcome::Counted; part.kicks.len()];
    let mut planned = plan(part, known, &row, &admitted, &fates);
    if crowd::may_be_full(part, &row, &planned) {
        crowd::fold(connection, part, known, &row, &admitted, &mut fates)?;
        planned = plan(part, known, &row, &admitted, &fates);
    }
    if care == Care::KickByKick {
        overflow::drop(connection, part, known, &row, &admitted, &mut fates)?;
        planned = plan(part, known, &row, &admitted, &fates);
    }
    admitted.prune(&part.kicks, &fates, &mut known.tables);
    row.choices += store_new_choices(connection, known, admitted.firsts())?;
    let room = match care {
        Care::Merged => overflow::room(part)?,
        Care::KickByKick => None,
    };
    let mut landed =
        Landed { cells: write(connection, known, &mut row, &planned, room)?, ..Landed::default() };
    for (kick, fate) in part.kicks.iter().zip(&fates) {
        match fate {
            KickOutcome::Dropped => landed.overflowed += kick.count,
            KickOutcome::FoldedToOther => landed.folded += kick.count,
            KickOutcome::Counted if admitted.is_folded(kick) => landed.folded += kick.count,
            KickOutcome::Counted => {}
        }
    }
    if row != before {
        row.save(connection)?;
    }
    known.has_choices(row.choices);
    Ok(landed)
}

fn store_new_choices(connection: &Connection, known: &Known, firsts: &[u32]) -> Outcome<i64> {
    let mut stored = 0;
    for (index, (table, first)) in known.tables.iter().zip(firsts).enumerate() {
        stored += store_choices(connection, known.id, &known.definition, index, table, *first)?;
    }
    Ok(stored)
}

fn plan(
    part: &Part,
    known: &Known,
    row: &MetricaRow,
    admitted: &Admitted,
    fates: &[KickOutcome],
) -> Vec<PlannedBucket> {
    let mut roll_up = RollUp::new(&known.definition, &known.calendar, &row.watermarks);
    for (kick, fate) in part.kicks.iter().zip(fates) {
        if *fate != KickOutcome::Dropped {
            roll_up.add(kick.at, &admitted.levels(kick, *fate), kick.total, kick.count);
        }
    }
    roll_up.buckets()
}

/// Writes the planned cells; tells how many.
fn write(
    connection: &Connection,
    known: &Known,
    row: &mut MetricaRow,
    planned: &[PlannedBucket],
    room: Option<i64>,
) -> Outcome<usize> {
    let mut upsert = connection.prepare_cached(&known.sql.upsert)?;
    let mut bump = connection.prepare_cached(&known.sql.bump)?;
    let mut insert = connection.prepare_cached(&known.sql.insert)?;
    for statement in [&mut upsert, &mut bump] {
        statement.raw_bind_parameter(known.sql.room(), room)?;
    }
    let mut written = 0;
    for bucket in planned {
        let (id, is_new) = bucket::find_or_make(connection, row, bucket.scale, bucket.start)?;
        written += bucket.cells.len();
        for cell in bucket.cells.iter() {
            let count = i64::try_from(cell.count).map_err(|_| Failure::Overflow)?;
            let total = overflow::step(cell.total);
            let add = |statement: &mut CachedStatement<'_>, total, count| -> Outcome<usize> {
                bind_key(statement, id, &cell.point)?;
                bind_amounts(statement, &known.sql, total, count)?;
                Ok(statement.raw_execute()?)
            };
            if bucket.scale == Scale::Ever {
                // Here the new cells are counted.
                if is_new || add(&mut bump, total, count)? == 0 {
                    add(&mut insert, total, count)?;
                    row.points += 1;
                }
            } else {
                add(if is_new { &mut insert } else { &mut upsert }, total, count)?;
            }
            let mut rest = cell.total - i128::from(total);
            while rest != 0 {
                let total = overflow::step(rest);
                add(&mut bump, total, 0)?;
                rest -= i128::from(total);
            }
        }
    }
    Ok(written)
}
