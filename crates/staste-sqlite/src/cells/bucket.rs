//! Buckets and their ids.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::{Error, Scale};

use crate::failure::Outcome;
use crate::metrica::row::MetricaRow;

/// A stored bucket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    pub(crate) id: i64,
    pub(crate) scale: Scale,
    pub(crate) start: i64,
}

/// Returns the number that a scale is stored as.
pub(crate) fn scale_code(scale: Scale) -> i64 {
    // Week and quarter have no cells, so nothing is stored with this number.
    scale.kept_index().and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
}

/// Returns the scale of a stored number.
fn scale_of(code: i64) -> Outcome<Scale> {
    let scale = usize::try_from(code).ok().and_then(|index| Scale::KEPT.get(index)).copied();
    scale.ok_or_else(|| Error::corrupt(format!("a stored bucket has the unknown scale {code}")).into())
}

/// Returns the id of a bucket, if it is stored.
pub(crate) fn find(connection: &Connection, metrica: i64, scale: Scale, start: i64) -> Outcome<Option<i64>> {
    let mut select = connection.prepare_cached(
        "SELECT id FROM \"staste:buckets\" WHERE metrica = ?1 AND scale = ?2 AND start = ?3",
    )?;
    Ok(select.query_row([metrica, scale_code(scale), start], |row| row.get(0)).optional()?)
}

/// Returns the id of a bucket, which is stored if it is new, and whether it is new.
pub(crate) fn find_or_create(
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
    insert.execute([row.id, scale_code(scale), start, row.buckets])?;
    Ok((row.buckets, true))
}

/// Returns the first bucket of a scale that starts before an instant.
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
    let found = select.query_row([metrica, scale_code(scale), before], |row| {
        Ok(Bucket { id: row.get(0)?, scale, start: row.get(1)? })
    });
    Ok(found.optional()?)
}

/// Returns the id of the bucket *ever*, if it is stored.
pub(crate) fn ever(connection: &Connection, metrica: i64) -> Outcome<Option<i64>> {
    Ok(first_before(connection, metrica, Scale::Ever, i64::MAX)?.map(|bucket| bucket.id))
}

/// Deletes a bucket that has no cells. Its id is not used again.
pub(crate) fn delete(connection: &Connection, metrica: i64, bucket: Bucket) -> Outcome<()> {
    connection
        .prepare_cached("DELETE FROM \"staste:buckets\" WHERE metrica = ?1 AND scale = ?2 AND start = ?3")?
        .execute([metrica, scale_code(bucket.scale), bucket.start])?;
    Ok(())
}

/// Returns the buckets of a scale that start in `[from, to)`.
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
    let mut rows = select.query([metrica, scale_code(scale), from, to])?;
    let mut buckets = Vec::new();
    while let Some(row) = rows.next()? {
        buckets.push(Bucket { id: row.get(0)?, scale, start: row.get(1)? });
    }
    Ok(buckets)
}

/// Returns every bucket of a Metrica, finest scale first.
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
