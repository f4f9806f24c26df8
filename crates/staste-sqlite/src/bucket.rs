//! Buckets and the small numbers they are stored under.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::{Error, Scale};

use crate::catalog::MetricaRow;
use crate::failure::Outcome;

/// A stored bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    pub(crate) id: i64,
    pub(crate) scale: Scale,
    pub(crate) start: i64,
}

/// The number a scale is stored as.
pub(crate) fn code(scale: Scale) -> i64 {
    // Week and quarter have no cells; nothing is stored under their number.
    scale.kept_index().and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

/// The scale of a stored number.
fn scale_of(code: i64) -> Outcome<Scale> {
    let scale = usize::try_from(code).ok().and_then(|index| Scale::KEPT.get(index)).copied();
    scale.ok_or_else(|| Error::damaged(format!("a bucket has the scale {code}, which there is not")).into())
}

/// The id of a bucket that may not be there.
pub(crate) fn find(connection: &Connection, metrica: i64, scale: Scale, start: i64) -> Outcome<Option<i64>> {
    let mut select = connection.prepare_cached(
        "SELECT id FROM \"staste:buckets\" WHERE metrica = ?1 AND scale = ?2 AND start = ?3",
    )?;
    Ok(select.query_row([metrica, code(scale), start], |row| row.get(0)).optional()?)
}

/// The id of a bucket, which is made when it is not there; the flag tells.
pub(crate) fn find_or_make(
    connection: &Connection,
    row: &mut MetricaRow,
    scale: Scale,
    start: i64,
) -> Outcome<(i64, bool)> {
    if let Some(id) = find(connection, row.id, scale, start)? {
        return Ok((id, false));
    }
    row.buckets += 1;
    let mut insert = connection.prepare_cached("INSERT INTO \"staste:buckets\" VALUES(?1, ?2, ?3, ?4)")?;
    insert.execute([row.id, code(scale), start, row.buckets])?;
    Ok((row.buckets, true))
}

/// The first bucket of a scale that starts before an instant.
pub(crate) fn first_before(
    connection: &Connection,
    metrica: i64,
    scale: Scale,
    before: i64,
) -> Outcome<Option<Bucket>> {
    let mut select = connection.prepare_cached(
        "SELECT id, start FROM \"staste:buckets\" WHERE metrica = ?1 AND scale = ?2 AND start < ?3 \
         ORDER BY start LIMIT 1",
    )?;
    let found = select.query_row([metrica, code(scale), before], |row| {
        Ok(Bucket { id: row.get(0)?, scale, start: row.get(1)? })
    });
    Ok(found.optional()?)
}

/// The id of the one bucket of *ever*, when there is one.
pub(crate) fn ever(connection: &Connection, metrica: i64) -> Outcome<Option<i64>> {
    Ok(first_before(connection, metrica, Scale::Ever, i64::MAX)?.map(|bucket| bucket.id))
}

/// Removes a bucket that has no cells; its id is not given again.
pub(crate) fn remove(connection: &Connection, metrica: i64, bucket: Bucket) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM \"staste:buckets\" WHERE metrica = ?1 AND scale = ?2 AND start = ?3")?
        .execute([metrica, code(bucket.scale), bucket.start])?;
    Ok(())
}

/// The buckets of a scale that start in `[from, to)`.
pub(crate) fn within(
    connection: &Connection,
    metrica: i64,
    scale: Scale,
    from: i64,
    to: i64,
) -> Outcome<Vec<Bucket>> {
    let mut select = connection.prepare_cached(
        "SELECT id, start FROM \"staste:buckets\" \
         WHERE metrica = ?1 AND scale = ?2 AND start >= ?3 AND start < ?4 ORDER BY start",
    )?;
    let mut rows = select.query([metrica, code(scale), from, to])?;
    let mut buckets = Vec::new();
    while let Some(row) = rows.next()? {
        buckets.push(Bucket { id: row.get(0)?, scale, start: row.get(1)? });
    }
    Ok(buckets)
}

/// Every bucket of a Metrica, finest scale first.
pub(crate) fn all(connection: &Connection, metrica: i64) -> Outcome<Vec<Bucket>> {
    let mut select = connection.prepare_cached(
        "SELECT id, scale, start FROM \"staste:buckets\" WHERE metrica = ?1 ORDER BY scale, start",
    )?;
    let mut rows = select.query([metrica])?;
    let mut buckets = Vec::new();
    while let Some(row) = rows.next()? {
        buckets.push(Bucket { id: row.get(0)?, scale: scale_of(row.get(1)?)?, start: row.get(2)? });
    }
    Ok(buckets)
}
