//! The size of a Metrica.

use rusqlite::OptionalExtension as _;
use staste_core::store::Size;

use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::row::MetricaRow;
use crate::sql::unsigned;

/// Counts buckets, cells and bytes. It reads the whole Metrica, so it takes some time.
pub(crate) fn size(session: &Session, metrica: &str) -> Outcome<Size> {
    let connection = &session.connection;
    let mut size = Size::default();
    let Some(row) = MetricaRow::find(connection, metrica)? else { return Ok(size) };
    let cells = format!("staste:cells:{}", row.id);
    let mut select = connection.prepare(&format!(
        "SELECT b.scale, count(*), sum((SELECT count(*) FROM \"{cells}\" c WHERE c.bucket = b.id)) \
         FROM \"staste:buckets\" b WHERE b.metrica = ?1 GROUP BY b.scale"
    ))?;
    let mut rows = select.query([row.id])?;
    while let Some(row) = rows.next()? {
        let scale: u32 = row.get(0)?;
        if let Some(slot) = size.scales.get_mut(scale as usize) {
            *slot = (unsigned(row.get(1)?), unsigned(row.get(2)?));
        }
    }
    size.points = unsigned(row.points);
    let bytes: Option<Option<i64>> = connection
        .query_row("SELECT sum(pgsize) FROM dbstat WHERE name = ?1", [&cells], |row| row.get(0))
        .optional()?;
    size.bytes = bytes.flatten().map(unsigned);
    Ok(size)
}
