//! Small records by key, such as claims.

use crate::connections::session::Session;
use crate::failure::Outcome;

/// Returns the records whose key starts with a prefix, in order of their keys.
pub(crate) fn records(session: &Session, prefix: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut select = session
        .connection
        .prepare_cached("SELECT key, value FROM \"staste:records\" WHERE key >= ?1 ORDER BY key")?;
    let mut rows = select.query([prefix])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        records.push((key, row.get(1)?));
    }
    Ok(records)
}

/// Stores a record, or deletes it.
pub(crate) fn put(session: &mut Session, key: &str, value: Option<&[u8]>) -> Outcome<()> {
    session.busy_wait.set_transaction_size(0);
    session.write(|connection, _| {
        match value {
            Some(value) => connection
                .prepare_cached("INSERT OR REPLACE INTO \"staste:records\" VALUES(?1, ?2, NULL)")?
                .execute((key, value))?,
            None => {
                connection.prepare_cached("DELETE FROM \"staste:records\" WHERE key = ?1")?.execute([key])?
            }
        };
        Ok(())
    })
}
