//! The removal of kicks from their cells, bucket by bucket, as the core plans it.

use std::collections::HashMap;
use std::fmt::Write as _;

use rusqlite::Connection;
use staste_core::Amount;
use staste_core::plan::{BucketKey, Changes, Erasure, MatchingIds, Point};
use staste_core::store::{ChoiceTable, FIRST_VALUE, Forgotten, KickSelection};

use crate::cells::bucket;
use crate::failure::{Failure, Outcome};
use crate::metrica::choices::store_new_choices;
use crate::metrica::known_metrica::KnownMetrica;
use crate::metrica::row::MetricaRow;
use crate::sql::{Sql, amount_at, bind_amount, bind_key, point_at};

/// Removes kicks from their cells; returns what was removed.
pub(crate) fn erase(
    connection: &Connection,
    known: &mut KnownMetrica,
    row: &mut MetricaRow,
    selection: &KickSelection,
) -> Outcome<Forgotten> {
    let mut forgotten = Forgotten::default();
    let first_ids: Vec<u32> = known.tables.iter().map(ChoiceTable::next_id).collect();
    let Some(mut erasure) = Erasure::new(selection, &mut known.tables) else {
        return Ok(forgotten);
    };
    row.choices += store_new_choices(connection, row.id, &selection.definition, &known.tables, &first_ids)?;

    let stored = bucket::all(connection, row.id)?;
    let buckets: Vec<BucketKey> = stored.iter().map(|bucket| (bucket.scale, bucket.start)).collect();
    let ids: HashMap<BucketKey, i64> =
        buckets.iter().copied().zip(stored.iter().map(|bucket| bucket.id)).collect();
    let id_of = |bucket: BucketKey| ids.get(&bucket).copied().unwrap_or_default();
    let sql = &known.sql;
    let select = select_text(sql, &erasure);
    let mut deleted = 0;
    forgotten.amount = erasure.run(
        &known.tables,
        &buckets,
        |bucket| read_cells(connection, sql, &select, id_of(bucket)),
        |bucket, changes| {
            deleted += apply_changes(connection, sql, id_of(bucket), changes)?;
            Ok::<_, Failure>(())
        },
    )?;
    let freed = erasure.free_choices(&mut known.tables);
    forgotten.choices = freed.len() as u64;
    deleted += delete_choices(connection, known, &freed)?;
    forgotten.cells = deleted;
    connection.execute(
        &format!(
            "DELETE FROM \"staste:buckets\" WHERE metrica = ?1 AND NOT EXISTS \
             (SELECT 1 FROM {} c WHERE c.bucket = id)",
            known.sql.cells
        ),
        [row.id],
    )?;
    Ok(forgotten)
}

/// Returns the statement for the cells of a bucket that may match.
fn select_text(sql: &Sql, erasure: &Erasure<'_>) -> String {
    let mut text = format!(
        "SELECT {}{} FROM {} WHERE bucket = ?1",
        sql.axis_columns(""),
        sql.amount_columns(),
        sql.cells
    );
    for (axis, ids) in erasure.matching_ids().enumerate() {
        let _ = match ids {
            MatchingIds::Choices => write!(text, " AND a{axis} > 0"),
            MatchingIds::Only(id) => write!(text, " AND a{axis} = {id}"),
            MatchingIds::Any => Ok(()),
        };
    }
    text
}

fn read_cells(
    connection: &Connection,
    sql: &Sql,
    select: &str,
    bucket: i64,
) -> Outcome<Vec<(Point, Amount)>> {
    let mut select = connection.prepare_cached(select)?;
    let mut rows = select.query([bucket])?;
    let mut cells = Vec::new();
    while let Some(row) = rows.next()? {
        let amount = Amount::stored(row.get(sql.axes)?, row.get(sql.axes + 1)?);
        cells.push((point_at(row, 0, sql.axes)?, amount));
    }
    Ok(cells)
}

/// Adds the changes to the cells of a bucket, and deletes cells that become empty; returns the number of deleted cells.
fn apply_changes(connection: &Connection, sql: &Sql, bucket: i64, changes: &Changes) -> Outcome<u64> {
    let mut select = connection.prepare_cached(&sql.select)?;
    let mut replace = connection.prepare_cached(&sql.replace)?;
    let mut delete = connection.prepare_cached(&sql.delete)?;
    let mut sorted: Vec<_> = changes.iter().collect();
    sorted.sort_unstable_by_key(|(point, _)| *point);
    let mut deleted = 0;
    for (point, change) in sorted {
        let amount = amount_at(&mut select, bucket, point)?.unwrap_or_default() + *change;
        if amount.is_empty_cell(sql.averaged) {
            bind_key(&mut delete, bucket, point)?;
            deleted += delete.raw_execute()? as u64;
        } else {
            let (total, count) = amount.to_stored().ok_or(Failure::Overflow)?;
            bind_key(&mut replace, bucket, point)?;
            bind_amount(&mut replace, sql, total, count)?;
            replace.raw_execute()?;
        }
    }
    Ok(deleted)
}

/// Deletes choices without kicks; returns the number of cells that were deleted with them.
fn delete_choices(connection: &Connection, known: &KnownMetrica, freed: &[(usize, u32)]) -> Outcome<u64> {
    let mut delete = connection
        .prepare_cached("DELETE FROM \"staste:choices\" WHERE metrica = ?1 AND axis = ?2 AND id = ?3")?;
    let position = |axis: usize| i64::try_from(axis).unwrap_or(i64::MAX);
    for (axis, id) in freed {
        delete.execute([known.id, position(*axis), i64::from(*id)])?;
    }
    if known.sql.averaged {
        return Ok(0);
    }
    let mut deleted = 0;
    for axes in freed.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((axis, _)) = axes.first() else { continue };
        // Without counts, kicks whose values sum to zero leave cells of zero, which are not among the changes.
        let left = connection.execute(
            &format!(
                "DELETE FROM {} WHERE a{axis} >= {FIRST_VALUE} AND NOT EXISTS (SELECT 1 FROM \"staste:choices\" k \
                 WHERE k.metrica = ?1 AND k.axis = ?2 AND k.id = a{axis})",
                known.sql.cells
            ),
            [known.id, position(*axis)],
        )?;
        deleted += left as u64;
    }
    Ok(deleted)
}
