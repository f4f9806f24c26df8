//! The row of a Metrica in the table of metricas.

use rusqlite::{Connection, OptionalExtension as _};
use staste_core::{Definition, Error, Watermarks};

use crate::failure::Outcome;

/// Selects the row of a Metrica by its name.
pub(crate) const SELECT_ROW: &str = "SELECT id, version, generation, choices, buckets, points, \
    minutes_from, hours_from, days_from, months_from, years_from, ever_from \
    FROM \"staste:metricas\" WHERE name = ?1";

/// The row of a Metrica, without its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetricaRow {
    pub(crate) id: i64,
    pub(crate) version: i64,
    pub(crate) generation: i64,
    /// Number of choices that were ever added.
    pub(crate) choices: i64,
    /// The last id of a bucket.
    pub(crate) buckets: i64,
    /// Number of cells in the bucket *ever*.
    pub(crate) points: i64,
    pub(crate) watermarks: Watermarks,
}

impl MetricaRow {
    /// Reads a row of [`SELECT_ROW`].
    pub(crate) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<MetricaRow> {
        let mut watermarks = Watermarks::default();
        for (column, watermark) in (6..).zip(&mut watermarks.0) {
            *watermark = row.get(column)?;
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

    /// Finds the row of a Metrica by its name.
    pub(crate) fn find(connection: &Connection, name: &str) -> Outcome<Option<MetricaRow>> {
        Ok(connection.prepare_cached(SELECT_ROW)?.query_row([name], MetricaRow::of).optional()?)
    }

    /// Returns the row of a Metrica that the caller knows; the error is stale if there is none.
    pub(crate) fn get(connection: &Connection, name: &str) -> Outcome<MetricaRow> {
        MetricaRow::find(connection, name)?.ok_or_else(|| Error::stale(name).into())
    }

    /// Stores the columns that change when kicks are counted or forgotten.
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

/// Parses a stored definition.
pub(crate) fn parse_definition(text: &str) -> Outcome<Definition> {
    serde_json::from_str(text)
        .map_err(|error| Error::corrupt(format!("a stored definition cannot be read: {error}")).into())
}

/// Reads the definition of an existing Metrica.
pub(crate) fn stored_definition(connection: &Connection, metrica: i64) -> Outcome<Definition> {
    let text: String = connection
        .prepare_cached("SELECT definition FROM \"staste:metricas\" WHERE id = ?1")?
        .query_row([metrica], |row| row.get(0))?;
    parse_definition(&text)
}
