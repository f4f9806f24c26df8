//! Deleting what lies below the watermarks, lazily and a little at a time.
//!
//! Such buckets are neither read nor written, so that nothing depends on when they go.

use rusqlite::Connection;
use staste_core::Scale;
use staste_core::store::Batch;

use crate::bucket::{self, Bucket};
use crate::catalog::MetricaRow;
use crate::failure::Outcome;
use crate::session::Session;
use crate::sql::Sql;

/// Cells deleted after a batch, beside as many as it bumped, so that deleting keeps up with counting.
const AT_LEAST: usize = 2_000;

/// Deletes some cells of the metricas of a batch that was committed. A failure is left to the next
/// batch: what was to be deleted is still there.
pub(crate) fn some(session: &mut Session, batch: &Batch, bumped: usize) {
    let mut left = AT_LEAST + bumped;
    for part in &batch.parts {
        match delete(session, &part.definition.name, left) {
            Ok(still_left) if still_left > 0 => left = still_left,
            _ => return,
        }
    }
}

/// Deletes at most `left` cells of a Metrica; tells how many are left of that.
fn delete(session: &mut Session, metrica: &str, mut left: usize) -> Outcome<usize> {
    let Some(row) = MetricaRow::find(&session.connection, metrica)? else { return Ok(left) };
    if expired(&session.connection, &row)?.is_none() {
        return Ok(left);
    }
    session.write(|connection, catalog| {
        let Some(row) = MetricaRow::find(connection, metrica)? else { return Ok(left) };
        let Some(sql) = catalog.sql(metrica, &row) else { return Ok(left) };
        while left > 0
            && let Some(bucket) = expired(connection, &row)?
        {
            left = left.saturating_sub(delete_cells(connection, &row, &sql, bucket, left)?);
        }
        Ok(left)
    })
}

/// The oldest bucket below the watermarks, if there is one.
fn expired(connection: &Connection, row: &MetricaRow) -> Outcome<Option<Bucket>> {
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

/// Deletes at most `most` cells of a bucket, and the bucket when none is left; tells how many.
fn delete_cells(
    connection: &Connection,
    row: &MetricaRow,
    sql: &Sql,
    bucket: Bucket,
    most: usize,
) -> Outcome<usize> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let deleted = connection.prepare_cached(&sql.delete_some)?.execute([bucket.id, limit])?;
    if deleted < most {
        bucket::remove(connection, row.id, bucket)?;
    }
    // An empty bucket costs something too.
    Ok(deleted.max(1))
}
