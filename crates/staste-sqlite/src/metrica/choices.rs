//! The stored choices of a Metrica.

use std::sync::Arc;

use rusqlite::Connection;
use staste_core::store::{ChoiceEntry, ChoiceTable};
use staste_core::{Definition, Error};

use crate::failure::Outcome;

/// Reads the stored choices of an axis that are not in its table yet.
pub(crate) fn load_choices(
    connection: &Connection,
    metrica: i64,
    axis: usize,
    table: &mut ChoiceTable,
) -> Outcome<()> {
    let mut select = connection.prepare_cached(
        "SELECT id, parent, value FROM \"staste:choices\" WHERE metrica = ?1 AND axis = ?2 AND id >= ?3 ORDER BY id",
    )?;
    let axis = i64::try_from(axis).unwrap_or(i64::MAX);
    let mut rows = select.query([metrica, axis, i64::from(table.next_id())])?;
    while let Some(row) = rows.next()? {
        let value: Option<Vec<u8>> = row.get(2)?;
        let text = value.map(String::from_utf8).transpose();
        let text = text.map_err(|error| Error::corrupt(format!("a stored choice is not UTF-8: {error}")))?;
        let id = row.get(0)?;
        table.load(id, ChoiceEntry { parent: row.get(1)?, text: text.map(Arc::from) }).map_err(|reason| {
            Error::corrupt(format!(
                "invalid stored choice of metrica {metrica}, axis {axis}, id {id}: {reason}; restore the file from a \
                 backup"
            ))
        })?;
    }
    Ok(())
}

/// Stores the choices of every axis, each from an id on; returns their number.
pub(crate) fn store_new_choices(
    connection: &Connection,
    metrica: i64,
    definition: &Definition,
    tables: &[ChoiceTable],
    first_ids: &[u32],
) -> Outcome<i64> {
    let mut stored = 0;
    for (axis, (table, first)) in tables.iter().zip(first_ids).enumerate() {
        stored += store_choices(connection, metrica, definition, axis, table, *first)?;
    }
    Ok(stored)
}

/// Stores the choices of an axis from an id on; returns their number.
pub(crate) fn store_choices(
    connection: &Connection,
    metrica: i64,
    definition: &Definition,
    axis: usize,
    table: &ChoiceTable,
    from: u32,
) -> Outcome<i64> {
    if table.next_id() <= from {
        return Ok(0);
    }
    let is_path = definition.stored_axes.get(axis).is_some_and(staste_core::AxisDefinition::is_path);
    let axis = i64::try_from(axis).unwrap_or(i64::MAX);
    let mut insert =
        connection.prepare_cached("INSERT INTO \"staste:choices\" VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut stored = 0;
    for (id, entry) in table.entries_from(from) {
        let value = entry.text.as_ref().map(|text| text.as_bytes());
        let path = is_path.then(|| table.choice(id).to_string());
        insert.execute((metrica, axis, id, entry.parent, value, path))?;
        stored += 1;
    }
    Ok(stored)
}
