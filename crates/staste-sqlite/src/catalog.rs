//! What a connection remembers of the metricas: definition, choices and statements.
//!
//! It is checked against the row of the Metrica in every transaction: another id, version or
//! generation makes it load again, a higher number of choices makes it read those that are new.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::store::{ChoiceEntry, ChoiceTable};
use staste_core::{AxisDefinition, AxisKind, Calendar, Definition, Error, Watermarks};

use crate::failure::Outcome;
use crate::sql::Sql;

/// Reads the row of a Metrica by its name.
pub(crate) const LOOK: &str = "SELECT id, version, generation, choices, buckets, points, \
    minutes_from, hours_from, days_from, months_from, years_from, ever_from \
    FROM \"staste:metricas\" WHERE name = ?1";

/// The row of a Metrica, without its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetricaRow {
    pub(crate) id: i64,
    pub(crate) version: i64,
    pub(crate) generation: i64,
    /// Choices ever added.
    pub(crate) choices: i64,
    /// The last id given to a bucket.
    pub(crate) buckets: i64,
    /// Cells in the bucket *ever*.
    pub(crate) points: i64,
    pub(crate) watermarks: Watermarks,
}

/// A Metrica as a connection remembers it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: i64,
    generation: i64,
    choices: i64,
    pub(crate) definition: Arc<Definition>,
    /// The definition of a caller that was last found to be the same.
    agreed: Arc<Definition>,
    pub(crate) calendar: Calendar,
    pub(crate) tables: Vec<ChoiceTable>,
    pub(crate) sql: Arc<Sql>,
}

/// The metricas a connection knows, by name.
#[derive(Debug, Default)]
pub(crate) struct Catalog(HashMap<String, Known, foldhash::fast::RandomState>);

impl MetricaRow {
    /// Reads a row of [`LOOK`].
    pub(crate) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<MetricaRow> {
        let mut watermarks = Watermarks::default();
        for (column, mark) in (6..).zip(&mut watermarks.0) {
            *mark = row.get(column)?;
        }
        Ok(MetricaRow {
            id: row.get(0)?,
            version: row.get(1)?,
            generation: row.get(2)?,
            choices: row.get(3)?,
            buckets: row.get(4)?,
            points: row.get(5)?,
            watermarks,
        })
    }

    /// Looks a Metrica up by its name.
    pub(crate) fn find(connection: &Connection, name: &str) -> Outcome<Option<MetricaRow>> {
        Ok(connection.prepare_cached(LOOK)?.query_row([name], MetricaRow::of).optional()?)
    }

    /// The row of a Metrica that the caller knows; stale when it is gone.
    pub(crate) fn get(connection: &Connection, name: &str) -> Outcome<MetricaRow> {
        MetricaRow::find(connection, name)?.ok_or_else(|| Error::stale(name).into())
    }

    /// Writes what changes while kicks are counted or forgotten.
    pub(crate) fn save(&self, connection: &Connection) -> Outcome<()> {
        let [minutes, hours, days, months, years, ever] = self.watermarks.0;
        let mut update = connection.prepare_cached(
            "UPDATE \"staste:metricas\" SET generation = ?2, choices = ?3, buckets = ?4, points = ?5, \
             minutes_from = ?6, hours_from = ?7, days_from = ?8, months_from = ?9, years_from = ?10, \
             ever_from = ?11 WHERE id = ?1",
        )?;
        update.execute([
            self.id,
            self.generation,
            self.choices,
            self.buckets,
            self.points,
            minutes,
            hours,
            days,
            months,
            years,
            ever,
        ])?;
        Ok(())
    }
}

impl Catalog {
    /// Forgets everything, as after a rollback.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The statements of a Metrica, when it is known and still the one of the row.
    pub(crate) fn sql(&self, name: &str, row: &MetricaRow) -> Option<Arc<Sql>> {
        self.0.get(name).filter(|known| known.is_of(row)).map(|known| Arc::clone(&known.sql))
    }

    /// The Metrica of a row, brought up to date.
    ///
    /// Stale when the caller's definition is not the stored one. Two definitions may have the same
    /// version, when a Metrica was forgotten and made again, so that they are compared.
    pub(crate) fn known(
        &mut self,
        connection: &Connection,
        row: &MetricaRow,
        asked: &Definition,
    ) -> Outcome<&mut Known> {
        let name = asked.name.as_str();
        if !self.0.get(name).is_some_and(|known| known.is_of(row)) {
            self.0.insert(name.to_owned(), Known::load(connection, row)?);
        }
        let known = self.0.get_mut(name).ok_or_else(|| Error::stale(name))?;
        if known.choices != row.choices {
            known.catch_up(connection)?;
            known.choices = row.choices;
        }
        if !std::ptr::eq(&raw const *known.agreed, asked) && *known.definition != *asked {
            return Err(Error::stale(name).into());
        }
        Ok(known)
    }
}

impl Known {
    /// Remembers the caller's definition, so that the next comparison is one of pointers.
    pub(crate) fn agree(&mut self, definition: &Arc<Definition>) {
        if !Arc::ptr_eq(&self.agreed, definition) {
            self.agreed = Arc::clone(definition);
        }
    }

    /// The choices up to here are in the tables: they were added in this transaction.
    pub(crate) fn has_choices(&mut self, choices: i64) {
        self.choices = choices;
    }

    fn is_of(&self, row: &MetricaRow) -> bool {
        self.id == row.id
            && self.generation == row.generation
            && i64::try_from(self.definition.version) == Ok(row.version)
    }

    fn load(connection: &Connection, row: &MetricaRow) -> Outcome<Known> {
        let definition = Arc::new(stored_definition(connection, row.id)?);
        let mut known = Known {
            id: row.id,
            generation: row.generation,
            choices: row.choices,
            calendar: definition.calendar(),
            tables: definition.axes.iter().map(empty_table).collect(),
            sql: Arc::new(Sql::new(row.id, definition.axes.len(), definition.is_averaged())),
            agreed: Arc::clone(&definition),
            definition,
        };
        known.catch_up(connection)?;
        Ok(known)
    }

    /// Reads the choices that others added.
    fn catch_up(&mut self, connection: &Connection) -> Outcome<()> {
        let mut tables = self.tables.iter_mut().enumerate();
        tables.try_for_each(|(axis, table)| load_choices(connection, self.id, axis, table))
    }
}

/// Reads the choices of an axis that are not in its table yet.
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
        let text = text.map_err(|error| Error::damaged(format!("a stored choice is not UTF-8: {error}")))?;
        let id = row.get(0)?;
        table.load(id, ChoiceEntry { parent: row.get(1)?, text: text.map(Arc::from) }).map_err(|why| {
            Error::damaged(format!(
                "the stored choice of metrica {metrica}, axis {axis} and id {id} makes no sense: {why}; restore the file \
                 from a backup"
            ))
        })?;
    }
    Ok(())
}

/// A table without choices, declared ones included: those are stored like the others.
pub(crate) fn empty_table(axis: &AxisDefinition) -> ChoiceTable {
    match axis.kind {
        AxisKind::Path => ChoiceTable::new(axis),
        AxisKind::Declared(_) | AxisKind::Stored => ChoiceTable::default(),
    }
}

/// Reads a stored definition.
pub(crate) fn definition_of(text: &str) -> Outcome<Definition> {
    serde_json::from_str(text)
        .map_err(|error| Error::damaged(format!("a stored definition cannot be read: {error}")).into())
}

/// The definition of a Metrica that is there.
pub(crate) fn stored_definition(connection: &Connection, metrica: i64) -> Outcome<Definition> {
    let text: String = connection
        .prepare_cached("SELECT definition FROM \"staste:metricas\" WHERE id = ?1")?
        .query_row([metrica], |row| row.get(0))?;
    definition_of(&text)
}

/// Stores the choices of every axis from an id of each on; returns how many.
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

/// Stores the choices of an axis from an id on; returns how many.
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
    let is_path = definition.axes.get(axis).is_some_and(|axis| axis.kind == AxisKind::Path);
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
