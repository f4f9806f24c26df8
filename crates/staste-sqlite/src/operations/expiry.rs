//! Deletion of expired buckets, some cells at a time.
//!
//! Buckets before the watermarks are neither read nor written, so that nothing depends on when they are deleted.

use rusqlite::Connection;
use staste_core::Scale;
use staste_core::store::Batch;

use crate::cells::bucket::{self, Bucket};
use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::row::MetricaRow;
use crate::sql::Sql;

/// Number of cells deleted after a batch, in addition to as many as the batch added to, so that deleting keeps up with
/// counting.
const MIN_DELETED_CELLS: usize = 2_000;

/// Deletes some expired cells of the metricas of a committed batch. A failure is ignored: the next batch deletes the
/// same cells.
pub(crate) fn delete_expired(session: &mut Session, batch: &Batch, batch_cells: usize) {
    let mut left = MIN_DELETED_CELLS + batch_cells;
    for part in &batch.parts {
        match delete_cells_of(session, &part.definition.name, left) {
            Ok(still_left) if still_left > 0 => left = still_left,
            _ => return,
        }
    }
}

/// Deletes at most `left` cells of a Metrica; returns the rest of `left`.
fn delete_cells_of(session: &mut Session, metrica: &str, mut left: usize) -> Outcome<usize> {
    let Some(row) = MetricaRow::find(&session.connection, metrica)? else { return Ok(left) };
    if oldest_expired(&session.connection, &row)?.is_none() {
        return Ok(left);
    }
    session.write(|connection, catalog| {
        let Some(row) = MetricaRow::find(connection, metrica)? else { return Ok(left) };
        let Some(sql) = catalog.sql(metrica, &row) else { return Ok(left) };
        while left > 0
            && let Some(bucket) = oldest_expired(connection, &row)?
        {
            left = left.saturating_sub(delete_cells(connection, &row, &sql, bucket, left)?);
        }
        Ok(left)
    })
}

/// Returns the oldest expired bucket, if there is one.
fn oldest_expired(connection: &Connection, row: &MetricaRow) -> Outcome<Option<Bucket>> {
    for scale in Scale::KEPT {
        let watermark = row.watermarks.of(scale);
        if watermark > i64::MIN
            && let Some(bucket) = bucket::first_before(connection, row.id, scale, watermark)?
        {
            return Ok(Some(bucket));
        }
    }
    Ok(None)
}

/// Deletes at most `max` cells of a bucket, and the bucket if it has none left; returns their number.
fn delete_cells(
    connection: &Connection,
    row: &MetricaRow,
    sql: &Sql,
    bucket: Bucket,
    max: usize,
) -> Outcome<usize> {
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let deleted = connection.prepare_cached(&sql.delete_some)?.execute([bucket.id, limit])?;
    if deleted < max {
        bucket::delete(connection, row.id, bucket)?;
    }
    // Deleting an empty bucket counts as one cell.
    Ok(deleted.max(1))
}
