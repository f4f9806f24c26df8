//! The stored clock, by which data expires, and the watermarks that a repair sets.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::store::StoreClock;
use staste_core::{Definition, Error, Watermarks};

use crate::connections::session::Session;
use crate::failure::Outcome;
use crate::metrica::row::MetricaRow;

/// The key of the record that holds the clock.
const KEY: &str = "clock";

/// Returns the stored clock; there is none before the first batch.
pub(crate) fn load(connection: &Connection) -> Outcome<Option<StoreClock>> {
    Ok(read(connection)?.transpose()?)
}

/// Returns what is wrong with the stored clock.
pub(crate) fn fault(connection: &Connection) -> Outcome<Option<String>> {
    Ok(read(connection)?.and_then(Result::err).map(|error| error.to_string()))
}

fn read(connection: &Connection) -> Outcome<Option<Result<StoreClock, Error>>> {
    let mut select = connection.prepare_cached("SELECT value FROM \"staste:records\" WHERE key = ?1")?;
    let stored: Option<Vec<u8>> = select.query_row([KEY], |row| row.get(0)).optional()?;
    Ok(stored.map(|text| String::from_utf8_lossy(&text).parse()))
}

/// Stores the clock.
pub(crate) fn store(connection: &Connection, clock: &StoreClock) -> Outcome<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO \"staste:records\" VALUES(?1, ?2, NULL)")?
        .execute((KEY, clock.to_string().into_bytes()))?;
    Ok(())
}

/// Sets the watermarks of a Metrica; returns false if they are not `from` any more.
pub(crate) fn set_watermarks(
    session: &mut Session,
    definition: &Definition,
    from: &Watermarks,
    to: &Watermarks,
) -> Outcome<bool> {
    session.busy_wait.set_transaction_size(0);
    session.write(|connection, catalog| {
        let mut row = MetricaRow::get(connection, &definition.name)?;
        catalog.metrica(connection, &row, definition)?;
        let is_unchanged = row.watermarks == *from;
        if is_unchanged {
            row.watermarks = *to;
            row.save(connection)?;
        }
        Ok(is_unchanged)
    })
}
