//! Deduplication: the marks of writers and the claims of batches, by which a repeated batch is a duplicate.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::store::{Applied, Batch, Claim};

use crate::failure::Outcome;

/// The lifetime of a mark: seven days.
const MARK_LIFETIME: i64 = 7 * 86_400;
/// Maximum number of expired claims that one sweep deletes.
const MAX_CLAIMS_PER_SWEEP: i64 = 64;

/// Returns the outcome of a duplicate: of a batch that was applied before, or with a claim that was made before and has
/// not expired at `now`.
pub(crate) fn find_duplicate(connection: &Connection, batch: &Batch, now: i64) -> Outcome<Option<Applied>> {
    let mark: Option<i64> = connection
        .prepare_cached("SELECT sequence FROM \"staste:marks\" WHERE writer = ?1")?
        .query_row([batch.writer.0.to_be_bytes()], |row| row.get(0))
        .optional()?;
    if mark.is_some_and(|mark| sequence_of(batch) <= mark) {
        return Ok(Some(Applied::DUPLICATE));
    }
    if batch.claims.is_empty() {
        return Ok(None);
    }
    let mut select = connection.prepare_cached(
        "SELECT 1 FROM \"staste:records\" WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
    )?;
    for Claim { key, .. } in &batch.claims {
        if select.exists((key, now))? {
            return Ok(Some(Applied::CLAIMED));
        }
    }
    Ok(None)
}

/// Stores the mark and the claims of an applied batch.
pub(crate) fn record_batch(connection: &Connection, batch: &Batch, now: i64) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO \"staste:marks\" VALUES(?1, ?2, ?3, NULL) ON CONFLICT DO UPDATE \
             SET sequence = excluded.sequence, touched = max(touched, excluded.touched), old_since = NULL",
        )?
        .execute((batch.writer.0.to_be_bytes(), sequence_of(batch), now))?;
    if batch.claims.is_empty() {
        return Ok(());
    }
    let mut delete = connection.prepare_cached("DELETE FROM \"staste:records\" WHERE key = ?1")?;
    for key in batch.claims.iter().filter_map(|claim| claim.replaces.as_ref()) {
        delete.execute([key])?;
    }
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO \"staste:records\" VALUES(?1, ?2, ?3)")?;
    for Claim { key, value, expires, .. } in &batch.claims {
        insert.execute((key, value, expires))?;
    }
    Ok(())
}

/// Deletes old marks, and some of the expired claims.
///
/// A mark is deleted after two sweeps, days apart, found it too old. One process whose clock is ahead must not delete
/// the mark of another process, whose batch in doubt would then count twice.
pub(crate) fn sweep(connection: &Connection, now: i64) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM \"staste:marks\" WHERE old_since < ?1")?
        .execute([now.saturating_sub(MARK_LIFETIME / 2)])?;
    connection
        .prepare_cached(
            "UPDATE \"staste:marks\" SET old_since = ?2 WHERE touched < ?1 AND old_since IS NULL",
        )?
        .execute([now.saturating_sub(MARK_LIFETIME), now])?;
    connection
        .prepare_cached(
            "DELETE FROM \"staste:records\" WHERE key IN \
             (SELECT key FROM \"staste:records\" WHERE expires <= ?1 LIMIT ?2)",
        )?
        .execute([now, MAX_CLAIMS_PER_SWEEP])?;
    Ok(())
}

fn sequence_of(batch: &Batch) -> i64 {
    i64::try_from(batch.sequence).unwrap_or(i64::MAX)
}
