//! Once: the marks of writers and the claims of batches, which make a repeat a duplicate.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::store::{Batch, Claim};

use crate::failure::Outcome;

/// Marks live for seven days.
const MARKS_LIVE: i64 = 7 * 86_400;
/// Expired claims removed at a time.
const CLAIMS_AT_A_TIME: i64 = 64;

/// True when the batch was applied before, or a claim of it was made and has not expired.
pub(crate) fn is_duplicate(connection: &Connection, batch: &Batch) -> Outcome<bool> {
    let mark: Option<i64> = connection
        .prepare_cached("SELECT sequence FROM \"staste:marks\" WHERE writer = ?1")?
        .query_row([batch.writer.0.to_be_bytes()], |row| row.get(0))
        .optional()?;
    if mark.is_some_and(|mark| sequence_of(batch) <= mark) {
        return Ok(true);
    }
    if batch.claims.is_empty() {
        return Ok(false);
    }
    let mut select = connection.prepare_cached(
        "SELECT 1 FROM \"staste:records\" WHERE key = ?1 AND (expires IS NULL OR expires > ?2)",
    )?;
    for Claim { key, .. } in &batch.claims {
        if select.exists((key, batch.now))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Marks the batch as applied, with its claims.
pub(crate) fn mark(connection: &Connection, batch: &Batch) -> Outcome<()> {
    connection
        .prepare_cached(
            "INSERT INTO \"staste:marks\" VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE \
             SET sequence = excluded.sequence, touched = max(touched, excluded.touched)",
        )?
        .execute((batch.writer.0.to_be_bytes(), sequence_of(batch), batch.now))?;
    if batch.claims.is_empty() {
        return Ok(());
    }
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO \"staste:records\" VALUES(?1, ?2, ?3)")?;
    for Claim { key, value, expires } in &batch.claims {
        insert.execute((key, value, expires))?;
    }
    Ok(())
}

/// Removes marks that are too old, and some of the claims that expired.
pub(crate) fn sweep(connection: &Connection, now: i64) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM \"staste:marks\" WHERE touched < ?1")?
        .execute([now.saturating_sub(MARKS_LIVE)])?;
    connection
        .prepare_cached(
            "DELETE FROM \"staste:records\" WHERE key IN \
             (SELECT key FROM \"staste:records\" WHERE expires <= ?1 LIMIT ?2)",
        )?
        .execute([now, CLAIMS_AT_A_TIME])?;
    Ok(())
}

fn sequence_of(batch: &Batch) -> i64 {
    i64::try_from(batch.sequence).unwrap_or(i64::MAX)
}
